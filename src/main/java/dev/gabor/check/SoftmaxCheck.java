package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.SoftmaxOps;
import dev.gabor.backend.Step;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;

/** Softmax and its logarithm, forward and backward, on small and large inputs. */
final class SoftmaxCheck implements OperatorCheck {
  @Override
  public String operator() {
    return "softmax";
  }

  @Override
  public CheckCase draw(Backend backend, int turn, Draw draw) {
    return CheckCase.of(operator())
        .with("pass", turn % 2 == 0 ? "forward" : "backward")
        .with("log", turn / 2 % 2 == 0)
        .with("range", draw.one(1, 4, 100))
        .with("in_place", draw.oneIn(3))
        .with("shape", draw.oneIn(4) ? Shapes.text(1, 1000) : Shapes.features(draw))
        .withSeed(draw.seed());
  }

  @Override
  public Trial trial(CheckCase line) {
    Shape shape = Shapes.of(line, "shape");
    boolean logarithm = line.flag("log");
    boolean inPlace = line.flag("in_place");
    int range = line.integer("range");
    Values values = Values.of(line.with("values", "fractions"));
    Bounds bounds = Bounds.FUNCTION.plus(Bounds.sum(shape.length(1), 1));
    if (line.text("pass").equals("forward")) {
      Tensor x = values.between(shape, -range, range);
      String y = inPlace ? "x" : "y";
      // The exponential of a rounded difference is off by as much as the difference is.
      Bounds wide = bounds.plus(Bounds.sum(1, range));
      Trial trial = inPlace ? new Trial() : new Trial().input("x", x, Layout.PLAIN);
      return ActivationCheck.written(trial, y, x, inPlace, Layout.PLAIN, wide)
          .step((b, t) -> forward(b.softmax(), logarithm, t.get("x"), t.get(y)));
    }
    Tensor dy = values.between(shape, -1, 1);
    String dx = inPlace ? "dy" : "dx";
    Tensor saved = logarithm ? values.between(shape, -range, 0) : values.between(shape, 0, 1);
    Trial trial = new Trial().input("y", saved, Layout.PLAIN);
    return ActivationCheck.written(
            inPlace ? trial : trial.input("dy", dy, Layout.PLAIN),
            dx,
            dy,
            inPlace,
            Layout.PLAIN,
            bounds)
        .step((b, t) -> backward(b.softmax(), logarithm, t.get("y"), t.get("dy"), t.get(dx)));
  }

  private static Step forward(SoftmaxOps ops, boolean logarithm, DeviceTensor x, DeviceTensor y) {
    return logarithm ? ops.logForward(x, y) : ops.forward(x, y);
  }

  private static Step backward(
      SoftmaxOps ops, boolean logarithm, DeviceTensor y, DeviceTensor dy, DeviceTensor dx) {
    return logarithm ? ops.logBackward(y, dy, dx) : ops.backward(y, dy, dx);
  }
}
