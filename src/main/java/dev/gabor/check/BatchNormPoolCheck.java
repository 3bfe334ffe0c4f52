package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.BatchNorm;
import dev.gabor.backend.BatchNormPool;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Pool;
import dev.gabor.backend.PoolWindow;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;

/** Batch normalisation, ReLU and maximum pooling in one, forward and backward. */
final class BatchNormPoolCheck implements OperatorCheck {
  @Override
  public String operator() {
    return "batch_norm_pool";
  }

  @Override
  public CheckCase draw(Backend backend, int turn, Draw draw) {
    String images = Shapes.images(draw);
    Shape shape = Shape.of(CheckCase.of("pool").with("shape", images).integers("shape", 4));
    CheckCase line =
        CheckCase.of(operator())
            .with("pass", turn % 2 == 0 ? "forward" : "backward")
            .with("dx", !draw.oneIn(6))
            .with(
                "window",
                Shapes.text(
                    Math.min(draw.one(1, 2, 2, 3, 4), shape.length(2)),
                    Math.min(draw.one(1, 2, 2, 3, 4), shape.length(3))))
            .with("ceil", draw.oneIn(2))
            // Two samples at least: one value a channel has no variance.
            .with("shape", images.startsWith("1,") ? "2" + images.substring(1) : images);
    return Values.drawn(line, draw);
  }

  @Override
  public Trial trial(CheckCase line) {
    Shape shape = Shapes.of(line, "shape");
    int[] size = line.integers("window", 2);
    PoolWindow window =
        PoolWindow.of(PoolWindow.Kind.MAX, size[0], size[1]).ceilMode(line.flag("ceil"));
    int area = shape.length(2) * shape.length(3);
    BatchNorm norm = BatchNorm.of(shape.length(0), shape.length(1), area).withRelu();
    BatchNormPool problem = new BatchNormPool(norm, window, shape.length(2), shape.length(3));
    Values values = Values.of(line);
    Tensor x = values.next(shape);
    Tensor gamma = values.next(Shape.of(norm.c()));
    Tensor beta = values.next(Shape.of(norm.c()));
    Trial trial = forward(problem, x, gamma, beta, values);
    return line.text("pass").equals("forward")
        ? trial
        : backward(trial, line, problem, x, gamma, beta, values);
  }

  private static Trial forward(
      BatchNormPool problem, Tensor x, Tensor gamma, Tensor beta, Values values) {
    BatchNorm norm = problem.norm();
    Shape channels = Shape.of(norm.c());
    double magnitude = values.scale();
    double inverse = BatchNormCheck.largestInverse(norm, x);
    double spread = Math.sqrt(norm.rows());
    Bounds mean = Bounds.sum(norm.rows(), magnitude);
    Bounds variance = Bounds.sum(norm.rows(), 2 * magnitude * magnitude);
    Bounds y = Bounds.sum(norm.rows(), magnitude * (magnitude * inverse + spread));
    return new Trial()
        .input("x", x, Layout.IMAGE)
        .input("gamma", gamma, Layout.PLAIN)
        .input("beta", beta, Layout.PLAIN)
        .update("running_mean", values.next(channels), Layout.PLAIN, mean)
        .update("running_variance", values.between(channels, 0, 1), Layout.PLAIN, variance)
        .output("y", problem.outputShape(), Layout.IMAGE, y)
        .output(
            "statistics",
            Shape.of(2, norm.c()),
            Layout.PLAIN,
            mean.plus(Bounds.sum(norm.rows(), inverse)))
        .scratch("reserve", b -> b.batchNormPool().reserveBytes(problem))
        .scratch("workspace", b -> b.batchNormPool().workspaceBytes(problem))
        .step(
            (b, t) ->
                b.batchNormPool()
                    .forward(
                        problem,
                        t.get("x"),
                        t.get("gamma"),
                        t.get("beta"),
                        t.get("running_mean"),
                        t.get("running_variance"),
                        t.get("y"),
                        t.get("statistics"),
                        t.get("reserve"),
                        t.get("workspace")));
  }

  /** By statistics that are given, so that those of the forward pass do not blur the sums. */
  private static Trial backward(
      Trial trial,
      CheckCase line,
      BatchNormPool problem,
      Tensor x,
      Tensor gamma,
      Tensor beta,
      Values values) {
    BatchNorm norm = problem.norm();
    Tensor saved = BatchNormCheck.saved(values, norm);
    Tensor dy = values.next(problem.outputShape());
    zeroAtTheKink(problem, x, gamma, beta, saved, dy);
    double magnitude = values.scale();
    double normalised = 2 * magnitude * BatchNormCheck.MOST_INVERSE;
    double scale = magnitude * normalised;
    Bounds sums = Bounds.sum(norm.rows(), scale);
    if (line.flag("dx")) {
      Bounds bounds =
          Bounds.sum(8, magnitude * BatchNormCheck.MOST_INVERSE * (scale + normalised * scale));
      trial.output("dx", problem.inputShape(), Layout.IMAGE, bounds);
    }
    return trial
        .input("dy", dy, Layout.IMAGE)
        .input("saved", saved, Layout.PLAIN)
        .output("dgamma", gamma.shape(), Layout.PLAIN, sums)
        .output("dbeta", beta.shape(), Layout.PLAIN, values.areIntegers() ? Bounds.EXACT : sums)
        .step(
            (b, t) ->
                b.batchNormPool()
                    .backward(
                        problem,
                        t.get("x"),
                        t.get("gamma"),
                        t.get("beta"),
                        t.get("dy"),
                        t.get("saved"),
                        t.get("reserve"),
                        t.get("dx"),
                        t.get("dgamma"),
                        t.get("dbeta"),
                        t.get("workspace")));
  }

  /** Takes the gradient from maxima so near 0 that a rounding decides on the ReLU's side. */
  private static void zeroAtTheKink(
      BatchNormPool problem, Tensor x, Tensor gamma, Tensor beta, Tensor saved, Tensor dy) {
    Pool pool = problem.pool();
    for (int out = 0; out < dy.data().length; out++) {
      int q = out % pool.q();
      int p = out / pool.q() % pool.p();
      int plane = out / pool.q() / pool.p();
      int c = plane % pool.c();
      double slope = (double) gamma.data()[c] * saved.data()[pool.c() + c];
      double largest = Double.NEGATIVE_INFINITY;
      int bottom = Math.min((p + 1) * problem.window().height(), pool.h());
      int right = Math.min((q + 1) * problem.window().width(), pool.w());
      for (int row = p * problem.window().height(); row < bottom; row++) {
        for (int column = q * problem.window().width(); column < right; column++) {
          float value = x.data()[(plane * pool.h() + row) * pool.w() + column];
          largest = Math.max(largest, slope * (value - saved.data()[c]));
        }
      }
      if (BatchNormCheck.isNearTheKink(largest, beta.data()[c], slope, saved.data()[c])) {
        dy.data()[out] = 0;
      }
    }
  }
}
