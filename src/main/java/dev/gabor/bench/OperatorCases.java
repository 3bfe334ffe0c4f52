package dev.gabor.bench;

import dev.gabor.backend.Activation;
import dev.gabor.backend.BatchNorm;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Hyperparameters;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Loss;
import dev.gabor.backend.Pool;
import dev.gabor.backend.PoolWindow;
import dev.gabor.backend.RandomState;
import dev.gabor.backend.UpdateRule;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Every operator but convolution, with the fewest bytes that it must move. */
final class OperatorCases {
  private static final float HALF = 0.5f;
  private static final double RATE = 1e-6;

  private final Shape images;
  private final Shape features;
  private final int parameters;
  private final List<OperatorCase> cases = new ArrayList<>();

  private OperatorCases(Scale scale) {
    images = scale.images();
    features = scale.features();
    parameters = scale.parameters();
  }

  /** All, at the sizes of a scale. */
  static List<OperatorCase> of(Scale scale) {
    OperatorCases all = new OperatorCases(scale);
    all.elementwise();
    all.bias();
    all.batchNorm();
    all.pools();
    all.losses();
    all.updates();
    return List.copyOf(all.cases);
  }

  private void elementwise() {
    onImages("add", "forward", 3, (b, in) -> b.elementwise().add(x(in), x(in), x(in)));
    onImages("multiply", "forward", 3, (b, in) -> b.elementwise().multiply(x(in), x(in), x(in)));
    activation("relu", Activation.RELU);
    activation("gelu", Activation.GELU);
    RandomState random = new RandomState(1);
    onImages(
        "dropout",
        "forward",
        2,
        (b, in) -> b.dropout().forward(random, 0, HALF, false, x(in), x(in)));
    onImages(
        "dropout",
        "backward",
        2,
        (b, in) -> b.dropout().backward(random, 0, HALF, false, x(in), x(in)));
  }

  private void activation(String name, Activation activation) {
    onImages(name, "forward", 2, (b, in) -> b.activation().forward(activation, x(in), x(in)));
    onImages(
        name, "backward", 3, (b, in) -> b.activation().backward(activation, x(in), x(in), x(in)));
  }

  private void bias() {
    int c = images.length(1);
    onImages("bias", "forward", 2, (b, in) -> b.bias().forward(x(in), in.random(c), x(in)));
    onImages(
        "bias",
        "backward",
        1,
        (b, in) ->
            b.bias().backward(x(in), in.random(c), in.workspace(b.bias().workspaceBytes(images))));
  }

  /** Statistics need all of x before the first result, so x (and dy) are counted twice. */
  private void batchNorm() {
    int c = images.length(1);
    BatchNorm problem = BatchNorm.of(images.length(0), c, images.length(2) * images.length(3));
    onImages(
        "batch_norm",
        "forward_train",
        3,
        (b, in) ->
            b.batchNorm()
                .forwardTrain(
                    problem,
                    x(in),
                    DeviceTensor.NONE,
                    in.random(c),
                    in.random(c),
                    in.random(c),
                    in.filled(1, c),
                    x(in),
                    in.random(2, c),
                    in.workspace(b.batchNorm().workspaceBytes(problem))));
    onImages(
        "batch_norm",
        "forward_infer",
        2,
        (b, in) ->
            b.batchNorm()
                .forwardInfer(
                    problem,
                    x(in),
                    DeviceTensor.NONE,
                    in.random(c),
                    in.random(c),
                    in.random(c),
                    in.filled(1, c),
                    x(in)));
    onImages(
        "batch_norm",
        "backward",
        5,
        (b, in) ->
            b.batchNorm()
                .backward(
                    problem,
                    x(in),
                    DeviceTensor.NONE,
                    in.random(c),
                    x(in),
                    in.filled(1, 2, c),
                    x(in),
                    DeviceTensor.NONE,
                    in.random(c),
                    in.random(c),
                    in.workspace(b.batchNorm().workspaceBytes(problem))));
  }

  private void pools() {
    pool("max_pool", new Pool(PoolWindow.of(PoolWindow.Kind.MAX, 2), n(), c(), h(), w()));
    pool("average_pool", new Pool(PoolWindow.of(PoolWindow.Kind.AVERAGE, 2), n(), c(), h(), w()));
    pool("global_average_pool", Pool.global(PoolWindow.Kind.AVERAGE, n(), c(), h(), w()));
  }

  /** The places of the maxima are counted with one byte an output, less than any backend keeps. */
  private void pool(String name, Pool pool) {
    boolean max = pool.window().kind() == PoolWindow.Kind.MAX;
    long outputs = pool.outputShape().size();
    long bytes = (images.size() + outputs) * Float.BYTES + (max ? outputs : 0);
    add(
        name,
        "forward",
        images,
        bytes,
        (b, in) ->
            b.pool().forward(pool, x(in), y(pool, in), in.workspace(b.pool().reserveBytes(pool))));
    add(
        name,
        "backward",
        images,
        bytes,
        (b, in) -> {
          DeviceTensor reserve = in.workspace(b.pool().reserveBytes(pool));
          if (max) {
            // Backward believes what forward kept.
            try (var forward = b.pool().forward(pool, x(in), y(pool, in), reserve)) {
              forward.run();
              b.finish();
            }
          }
          return b.pool().backward(pool, y(pool, in), reserve, x(in));
        });
  }

  private void losses() {
    int n = features.length(0);
    int classes = features.length(1);
    onFeatures("softmax", "forward", 2, (b, in) -> b.softmax().forward(f(in), f(in)));
    onFeatures("softmax", "backward", 3, (b, in) -> b.softmax().backward(f(in), f(in), f(in)));
    onFeatures(
        "cross_entropy",
        "forward_backward",
        2,
        (b, in) ->
            b.loss()
                .forwardBackward(
                    Loss.crossEntropy(), f(in), in.classes(n, classes), in.random(n), f(in)));
  }

  private void updates() {
    update("sgd", UpdateRule.sgd());
    update("momentum", UpdateRule.momentum(0.9));
    update("rmsprop", UpdateRule.rmsprop(0.99, 1e-8, 0));
    update("adam", UpdateRule.adam(0.9, 0.999, 1e-8));
    List<Long> sizes = List.of((long) parameters);
    add(
        "clip_norm",
        "update",
        Shape.of(parameters),
        (long) parameters * Float.BYTES,
        (b, in) ->
            b.optimizer()
                .clipScale(
                    List.of(in.random(parameters)),
                    in.random(1),
                    in.workspace(b.optimizer().clipScaleWorkspaceBytes(sizes)),
                    1));
  }

  /** The gradient is read, the parameters and each state read and written. */
  private void update(String name, UpdateRule rule) {
    int states = rule.states().size();
    add(
        name,
        "update",
        Shape.of(parameters),
        (3L + 2L * states) * parameters * Float.BYTES,
        (b, in) -> {
          Hyperparameters numbers = new Hyperparameters(RATE);
          numbers.advance();
          List<DeviceTensor> remembered = new ArrayList<>();
          for (int i = 0; i < states; i++) {
            // A mean of squares is above 0.
            remembered.add(in.filled(1, parameters));
          }
          return b.optimizer()
              .update(
                  rule,
                  in.random(parameters),
                  DeviceTensor.NONE,
                  remembered,
                  in.random(parameters),
                  numbers);
        });
  }

  private void onImages(String op, String pass, int tensors, OperatorCase.Binding binding) {
    add(op, pass, images, tensors * images.size() * Float.BYTES, binding);
  }

  private void onFeatures(String op, String pass, int tensors, OperatorCase.Binding binding) {
    add(op, pass, features, tensors * features.size() * Float.BYTES, binding);
  }

  private void add(String op, String pass, Shape shape, long bytes, OperatorCase.Binding binding) {
    cases.add(new OperatorCase(op, pass, shape, bytes, binding));
  }

  private DeviceTensor x(Inputs inputs) {
    return inputs.random(images, Layout.IMAGE);
  }

  private static DeviceTensor y(Pool pool, Inputs inputs) {
    return inputs.random(pool.outputShape(), Layout.IMAGE);
  }

  private DeviceTensor f(Inputs inputs) {
    return inputs.random(features, Layout.PLAIN);
  }

  private int n() {
    return images.length(0);
  }

  private int c() {
    return images.length(1);
  }

  private int h() {
    return images.length(2);
  }

  private int w() {
    return images.length(3);
  }
}
