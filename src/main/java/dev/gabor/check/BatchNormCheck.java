package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.BatchNorm;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Step;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;

/** Batch normalisation: training, inference and gradients, with residual and ReLU or without. */
final class BatchNormCheck implements OperatorCheck {
  private static final String[] PASSES = {"train", "backward", "infer"};

  /** The largest inverse deviation that is drawn. */
  static final double MOST_INVERSE = 2;

  /** Far above what roundings change a result by, beside its terms. */
  private static final double KINK = 1e-5;

  @Override
  public String operator() {
    return "batch_norm";
  }

  @Override
  public CheckCase draw(Backend backend, int turn, Draw draw) {
    int flags = turn / PASSES.length;
    String shape = Shapes.drawn(draw);
    CheckCase line =
        CheckCase.of(operator())
            .with("pass", PASSES[turn % PASSES.length])
            .with("residual", flags % 2 == 1)
            .with("relu", flags / 2 % 2 == 1)
            .with("gradients", draw.either("both", "dx", "dz", "none"))
            .with("offset", draw.one(0, 0, 1, 100))
            .with("epsilon", draw.either("1e-5", "1e-3"))
            .with("momentum", draw.either("0.1", "1", "0"))
            // Two samples at least: one value a channel has no variance.
            .with("shape", shape.startsWith("1,") ? "2" + shape.substring(1) : shape);
    return Values.drawn(line, draw);
  }

  @Override
  public Trial trial(CheckCase line) {
    Shape shape = Shapes.of(line, "shape");
    int area = shape.rank() == 4 ? shape.length(2) * shape.length(3) : 1;
    BatchNorm problem =
        new BatchNorm(
            shape.length(0),
            shape.length(1),
            area,
            (float) line.number("epsilon"),
            (float) line.number("momentum"),
            line.flag("residual"),
            line.flag("relu"));
    return switch (line.text("pass")) {
      case "train" -> train(line, problem, shape);
      case "infer" -> infer(line, problem, shape);
      case "backward" -> backward(line, problem, shape);
      default -> throw new IllegalArgumentException("case \"" + line + "\": unknown pass");
    };
  }

  /** The inputs of both forward passes. */
  private static Trial forward(CheckCase line, BatchNorm problem, Tensor x, Values values) {
    Layout layout = Shapes.layout(x.shape());
    Shape channels = Shape.of(problem.c());
    Trial trial =
        new Trial()
            .input("x", x, layout)
            .input("gamma", values.next(channels), Layout.PLAIN)
            .input("beta", values.next(channels), Layout.PLAIN);
    return line.flag("residual") ? trial.input("z", values.next(x.shape()), layout) : trial;
  }

  private static Tensor shifted(CheckCase line, Values values, Shape shape) {
    Tensor x = values.next(shape);
    int offset = line.integer("offset");
    for (int i = 0; i < x.data().length; i++) {
      x.data()[i] += offset;
    }
    return x;
  }

  private static Trial train(CheckCase line, BatchNorm problem, Shape shape) {
    Values values = Values.of(line);
    Tensor x = shifted(line, values, shape);
    double magnitude = values.scale();
    double offset = line.integer("offset");
    double inverse = largestInverse(problem, x);
    double spread = Math.sqrt(problem.rows());
    Bounds mean = Bounds.sum(problem.rows(), magnitude + offset);
    Bounds y = Bounds.sum(problem.rows(), magnitude * ((magnitude + offset) * inverse + spread));
    // A mean off by a rounding of the offset changes a small variance by much of itself.
    Bounds saved =
        mean.plus(Bounds.sum(problem.rows(), inverse))
            .plus(Bounds.sum(1, offset * inverse * inverse));
    Bounds variance = Bounds.sum(problem.rows(), 2 * magnitude * magnitude + offset);
    Shape channels = Shape.of(problem.c());
    return forward(line, problem, x, values)
        .update("running_mean", values.next(channels), Layout.PLAIN, mean)
        .update("running_variance", values.between(channels, 0, 1), Layout.PLAIN, variance)
        .output("y", shape, Shapes.layout(shape), y)
        .output("saved", Shape.of(2, problem.c()), Layout.PLAIN, saved)
        .scratch("workspace", b -> b.batchNorm().workspaceBytes(problem))
        .step(
            (b, t) ->
                b.batchNorm()
                    .forwardTrain(
                        problem,
                        t.get("x"),
                        t.get("z"),
                        t.get("gamma"),
                        t.get("beta"),
                        t.get("running_mean"),
                        t.get("running_variance"),
                        t.get("y"),
                        t.get("saved"),
                        t.get("workspace")));
  }

  /** The largest 1 / sqrt(variance + epsilon) of a channel: what a wrong mean is multiplied by. */
  static double largestInverse(BatchNorm problem, Tensor x) {
    double largest = 0;
    for (int c = 0; c < problem.c(); c++) {
      double sum = 0;
      double squares = 0;
      for (int n = 0; n < problem.n(); n++) {
        for (int i = 0; i < problem.area(); i++) {
          double value = x.data()[(n * problem.c() + c) * problem.area() + i];
          sum += value;
          squares += value * value;
        }
      }
      double mean = sum / problem.rows();
      double variance = Math.max(0, squares / problem.rows() - mean * mean);
      largest = Math.max(largest, 1 / Math.sqrt(variance + problem.epsilon()));
    }
    return largest;
  }

  private static Trial infer(CheckCase line, BatchNorm problem, Shape shape) {
    Values values = Values.of(line);
    Tensor x = shifted(line, values, shape);
    Shape channels = Shape.of(problem.c());
    double magnitude = values.scale();
    double scale = magnitude * MOST_INVERSE * (2 * magnitude + line.integer("offset"));
    return forward(line, problem, x, values)
        .input("running_mean", values.next(channels), Layout.PLAIN)
        .input("running_variance", values.between(channels, 0.25f, 2), Layout.PLAIN)
        .output("y", shape, Shapes.layout(shape), Bounds.sum(1, scale))
        .step(
            (b, t) ->
                b.batchNorm()
                    .forwardInfer(
                        problem,
                        t.get("x"),
                        t.get("z"),
                        t.get("gamma"),
                        t.get("beta"),
                        t.get("running_mean"),
                        t.get("running_variance"),
                        t.get("y")));
  }

  private static Trial backward(CheckCase line, BatchNorm problem, Shape shape) {
    Values values = Values.of(line);
    Layout layout = Shapes.layout(shape);
    Shape channels = Shape.of(problem.c());
    double magnitude = values.scale();
    double normalised = 2 * magnitude * MOST_INVERSE;
    double scale = magnitude * normalised;
    Bounds sums = Bounds.sum(problem.rows(), scale);
    // The sums reach dx divided by the number of rows, times the normalised x.
    Bounds dx = Bounds.sum(8, magnitude * MOST_INVERSE * (scale + normalised * scale));
    Tensor x = values.next(shape);
    Tensor gamma = values.next(channels);
    Tensor beta = values.next(channels);
    Tensor dy = values.next(shape);
    Tensor saved = saved(values, problem);
    if (problem.relu() && !problem.masksByResult()) {
      zeroAtTheKink(problem, x, gamma, beta, saved, dy);
    }
    String gradients = line.text("gradients");
    boolean wantsDx = gradients.equals("both") || gradients.equals("dx");
    boolean wantsDz = gradients.equals("both") || gradients.equals("dz");
    Trial trial =
        new Trial()
            .input("x", x, layout)
            .input("gamma", gamma, Layout.PLAIN)
            .input("beta", beta, Layout.PLAIN)
            .input("dy", dy, layout)
            .input("saved", saved, Layout.PLAIN)
            .output("dgamma", channels, Layout.PLAIN, sums)
            .output("dbeta", channels, Layout.PLAIN, values.areIntegers() ? Bounds.EXACT : sums)
            .scratch("workspace", b -> b.batchNorm().workspaceBytes(problem));
    if (problem.masksByResult()) {
      trial.input("y", values.next(shape), layout);
    }
    if (wantsDx) {
      trial.output("dx", shape, layout, dx);
    }
    if (wantsDz && line.flag("residual")) {
      trial.output("dz", shape, layout, Bounds.EXACT);
    }
    return trial.step((b, t) -> bindBackward(b, problem, t));
  }

  private static Step bindBackward(Backend backend, BatchNorm problem, Trial.Tensors t) {
    DeviceTensor y = t.get("y");
    return backend
        .batchNorm()
        .backward(
            problem,
            t.get("x"),
            y,
            t.get("gamma"),
            t.get("beta"),
            t.get("dy"),
            t.get("saved"),
            t.get("dx"),
            t.get("dz"),
            t.get("dgamma"),
            t.get("dbeta"),
            t.get("workspace"));
  }

  /** Takes the gradient from where y is so near 0 that a rounding decides on the ReLU's side. */
  private static void zeroAtTheKink(
      BatchNorm problem, Tensor x, Tensor gamma, Tensor beta, Tensor saved, Tensor dy) {
    for (int i = 0; i < x.data().length; i++) {
      int c = i / problem.area() % problem.c();
      double slope = (double) gamma.data()[c] * saved.data()[problem.c() + c];
      double centred = (double) x.data()[i] - saved.data()[c];
      if (isNearTheKink(slope * centred, beta.data()[c], slope, saved.data()[c])) {
        dy.data()[i] = 0;
      }
    }
  }

  /** Whether slope (x − mean) + shift is nearly 0 beside what it is the sum of. */
  static boolean isNearTheKink(double product, double shift, double slope, double mean) {
    double magnitude = Math.abs(product) + 2 * Math.abs(slope * mean) + Math.abs(shift);
    return Math.abs(product + shift) <= KINK * magnitude;
  }

  /** A mean and an inverse deviation for each channel, as a forward pass might leave them. */
  static Tensor saved(Values values, BatchNorm problem) {
    Tensor mean = values.next(Shape.of(problem.c()));
    Tensor inverse = values.between(Shape.of(problem.c()), 0.5f, (float) MOST_INVERSE);
    Tensor saved = Tensor.zeros(2, problem.c());
    System.arraycopy(mean.data(), 0, saved.data(), 0, problem.c());
    System.arraycopy(inverse.data(), 0, saved.data(), problem.c(), problem.c());
    return saved;
  }
}
