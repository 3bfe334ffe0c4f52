package dev.gabor.nn;

import dev.gabor.backend.BatchNorm;
import dev.gabor.backend.BatchNormOps;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Step;
import dev.gabor.nn.plan.Slots;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Batch normalisation of images or features, by channel. Frozen as a whole it normalises by its
 * running statistics, in training too, and these stay as they are.
 */
final class BatchNormNode extends Node {
  private final float epsilon;
  private final float momentum;
  private final boolean relu;
  private final Parameter weight;
  private final Parameter bias;
  private final Parameter runningMean;
  private final Parameter runningVariance;

  BatchNormNode(String name, Node input, float epsilon, float momentum) {
    this(name, input, Optional.empty(), epsilon, momentum, false);
  }

  private BatchNormNode(
      String name,
      Node input,
      Optional<Node> residual,
      float epsilon,
      float momentum,
      boolean relu) {
    super(
        name, residual.map(z -> List.of(input, z)).orElseGet(() -> List.of(input)), input.shape());
    this.epsilon = epsilon;
    this.momentum = momentum;
    this.relu = relu;
    problem(1);
    this.weight = parameter("weight", Initializer.ONES, Parameter.Kind.UNDECAYED);
    this.bias = parameter("bias", Initializer.ZEROS, Parameter.Kind.UNDECAYED);
    this.runningMean = parameter("running_mean", Initializer.ZEROS, Parameter.Kind.STATISTIC);
    this.runningVariance = parameter("running_var", Initializer.ONES, Parameter.Kind.STATISTIC);
  }

  /**
   * This layer with a ReLU behind it, and the sum with another node between the two where there is
   * one.
   */
  BatchNormNode fused(Optional<Node> residual) {
    return new BatchNormNode(name(), inputs().get(0), residual, epsilon, momentum, true);
  }

  Parameter weight() {
    return weight;
  }

  Parameter bias() {
    return bias;
  }

  Parameter runningMean() {
    return runningMean;
  }

  Parameter runningVariance() {
    return runningVariance;
  }

  /** γ/√(var+ε) of every channel by the running statistics. */
  double[] scale(Recorder recorder) {
    float[] gamma = recorder.hostValue(weight);
    float[] variance = recorder.hostValue(runningVariance);
    double[] scale = new double[gamma.length];
    for (int c = 0; c < scale.length; c++) {
      scale[c] = gamma[c] / Math.sqrt((double) variance[c] + epsilon);
    }
    return scale;
  }

  /** β − mean·γ/√(var+ε) of every channel by the running statistics. */
  double[] shift(Recorder recorder) {
    float[] beta = recorder.hostValue(bias);
    float[] mean = recorder.hostValue(runningMean);
    double[] shift = scale(recorder);
    for (int c = 0; c < shift.length; c++) {
      shift[c] = beta[c] - mean[c] * shift[c];
    }
    return shift;
  }

  static Node read(String name, List<Node> inputs, Settings settings) {
    return new BatchNormNode(
        name,
        inputs.get(0),
        settings.number("epsilon", BatchNorm.EPSILON),
        settings.number("momentum", BatchNorm.MOMENTUM));
  }

  @Override
  public String operator() {
    return "batch_norm";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of("epsilon", epsilon, "momentum", momentum);
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(weight, bias, runningMean, runningVariance);
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> inputs, Value y) {
    Value x = inputs.get(0);
    Optional<Value> z = inputs.stream().skip(1).findFirst();
    if (!isFixed(recorder)) {
      return training(recorder, x, z, y);
    }
    infer(recorder, x, z, y);
    return dy ->
        FixedScale.record(
            recorder, relu ? Optional.of(y) : Optional.empty(), x, z, dy, () -> scale(recorder));
  }

  /** Whether nothing changes the parameters: at inference, or all of them are frozen. */
  boolean isFixed(Recorder recorder) {
    if (!recorder.training()) {
      return true;
    }
    boolean statistics = recorder.isFrozen(runningMean) || recorder.isFrozen(runningVariance);
    boolean all = parameters().stream().allMatch(recorder::isFrozen);
    if (statistics && !all) {
      throw new IllegalArgumentException(
          ("layer %s: its running statistics are frozen and not the rest: freeze all of it, which"
                  + " then normalises by them, or weight and bias alone")
              .formatted(name()));
    }
    return all;
  }

  private void infer(Recorder recorder, Value x, Optional<Value> z, Value y) {
    BatchNorm problem = problem(recorder.batch());
    Value gamma = recorder.parameter(weight);
    Value beta = recorder.parameter(bias);
    Value mean = recorder.parameter(runningMean);
    Value variance = recorder.parameter(runningVariance);
    List<Value> reads = new ArrayList<>(List.of(x, gamma, beta, mean, variance));
    z.ifPresent(reads::add);
    recorder.addInPlace(
        "batch-norm forward",
        reads,
        List.of(y),
        slots ->
            ops(recorder)
                .forwardInfer(
                    problem,
                    slots.of(x),
                    Nodes.tensor(slots, z),
                    slots.of(gamma),
                    slots.of(beta),
                    slots.of(mean),
                    slots.of(variance),
                    slots.of(y)));
  }

  private Gradient training(Recorder recorder, Value x, Optional<Value> z, Value y) {
    BatchNorm problem = problem(recorder.batch());
    Value gamma = recorder.parameter(weight);
    Value beta = recorder.parameter(bias);
    Value mean = recorder.parameter(runningMean);
    Value variance = recorder.parameter(runningVariance);
    Value saved = recorder.value("saved", Shape.of(2, problem.c()), Layout.PLAIN);
    List<Value> workspace = recorder.workspace(ops(recorder).workspaceBytes(problem));
    List<Value> reads = new ArrayList<>(List.of(x, gamma, beta));
    z.ifPresent(reads::add);
    List<Value> updating = new ArrayList<>(reads);
    updating.addAll(List.of(mean, variance));
    List<Value> writes = new ArrayList<>(List.of(y, saved, mean, variance));
    writes.addAll(workspace);
    // Computed again, it must not move the statistics twice: these take what would move them.
    Value unusedMean = recorder.value("unused mean", mean.shape(), mean.layout());
    Value unusedVariance = recorder.value("unused variance", mean.shape(), mean.layout());
    List<Value> writesAgain = new ArrayList<>(List.of(y, saved, unusedMean, unusedVariance));
    writesAgain.addAll(workspace);
    Statistics statistics =
        (slots, movedMean, movedVariance) ->
            ops(recorder)
                .forwardTrain(
                    problem,
                    slots.of(x),
                    Nodes.tensor(slots, z),
                    slots.of(gamma),
                    slots.of(beta),
                    slots.of(movedMean),
                    slots.of(movedVariance),
                    slots.of(y),
                    slots.of(saved),
                    Nodes.first(slots, workspace));
    recorder.add(
        "batch-norm forward",
        updating,
        writes,
        slots -> statistics.bind(slots, mean, variance),
        reads,
        writesAgain,
        slots -> statistics.bind(slots, unusedMean, unusedVariance));
    Optional<Value> mask = problem.masksByResult() ? Optional.of(y) : Optional.empty();
    Forward forward = new Forward(problem, x, z, mask, gamma, beta, saved);
    return dy -> backward(recorder, forward, dy);
  }

  /** The forward pass, with the running statistics that it moves. */
  private interface Statistics {
    Step bind(Slots slots, Value mean, Value variance);
  }

  /** What the backward pass reads of the forward pass; y only where it masks by the result. */
  private record Forward(
      BatchNorm problem,
      Value x,
      Optional<Value> z,
      Optional<Value> y,
      Value gamma,
      Value beta,
      Value saved) {}

  private void backward(Recorder recorder, Forward forward, Value dy) {
    Optional<Value> dx = Nodes.gradientLike(recorder, forward.x());
    Optional<Value> dz = forward.z().flatMap(z -> Nodes.gradientLike(recorder, z));
    Value dgamma = Nodes.gradient(recorder, weight);
    Value dbeta = Nodes.gradient(recorder, bias);
    List<Value> workspace = recorder.workspace(ops(recorder).workspaceBytes(forward.problem()));
    List<Value> reads =
        new ArrayList<>(List.of(dy, forward.x(), forward.gamma(), forward.beta(), forward.saved()));
    forward.y().ifPresent(reads::add);
    List<Value> writes = new ArrayList<>();
    dx.ifPresent(writes::add);
    dz.ifPresent(writes::add);
    writes.addAll(List.of(dgamma, dbeta));
    writes.addAll(workspace);
    recorder.addInPlace(
        "batch-norm backward",
        reads,
        writes,
        slots ->
            ops(recorder)
                .backward(
                    forward.problem(),
                    slots.of(forward.x()),
                    Nodes.tensor(slots, forward.y()),
                    slots.of(forward.gamma()),
                    slots.of(forward.beta()),
                    slots.of(dy),
                    slots.of(forward.saved()),
                    Nodes.tensor(slots, dx),
                    Nodes.tensor(slots, dz),
                    slots.of(dgamma),
                    slots.of(dbeta),
                    Nodes.first(slots, workspace)));
    dx.ifPresent(gradient -> recorder.pass(forward.x(), gradient));
    dz.ifPresent(gradient -> recorder.pass(forward.z().get(), gradient));
  }

  private static BatchNormOps ops(Recorder recorder) {
    return recorder.backend().batchNorm();
  }

  /** The sizes for so many samples. */
  BatchNorm problem(int batch) {
    int area = shape().rank() == 3 ? shape().length(1) * shape().length(2) : 1;
    return new BatchNorm(
        batch, shape().length(0), area, epsilon, momentum, inputs().size() == 2, relu);
  }

  private Parameter parameter(String what, Initializer initializer, Parameter.Kind kind) {
    return new Parameter(
        name() + "." + what, Shape.of(shape().length(0)), Layout.PLAIN, initializer, kind);
  }
}
