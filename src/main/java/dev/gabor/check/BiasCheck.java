package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Layout;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;

/** A number a channel, added, and its gradient. */
final class BiasCheck implements OperatorCheck {
  @Override
  public String operator() {
    return "bias";
  }

  @Override
  public CheckCase draw(Backend backend, int turn, Draw draw) {
    CheckCase line =
        CheckCase.of(operator())
            .with("pass", turn % 2 == 0 ? "forward" : "backward")
            .with("in_place", draw.oneIn(3))
            .with("shape", Shapes.drawn(draw));
    return Values.drawn(line, draw);
  }

  @Override
  public Trial trial(CheckCase line) {
    Shape shape = Shapes.of(line, "shape");
    Layout layout = Shapes.layout(shape);
    Shape channels = Shape.of(shape.length(1));
    Values values = Values.of(line);
    Tensor x = values.next(shape);
    if (line.text("pass").equals("forward")) {
      boolean inPlace = line.flag("in_place");
      String y = inPlace ? "x" : "y";
      Bounds bounds = values.areIntegers() ? Bounds.EXACT : Bounds.ROUNDED;
      Trial trial = new Trial().input("bias", values.next(channels), Layout.PLAIN);
      return ActivationCheck.written(
              inPlace ? trial : trial.input("x", x, layout), y, x, inPlace, layout, bounds)
          .step((b, t) -> b.bias().forward(t.get("x"), t.get("bias"), t.get(y)));
    }
    long terms = shape.size() / shape.length(1);
    Bounds bounds = values.areIntegers() ? Bounds.EXACT : Bounds.sum(terms, 1);
    return new Trial()
        .input("dy", x, layout)
        .output("dbias", channels, Layout.PLAIN, bounds)
        .scratch("workspace", b -> b.bias().workspaceBytes(shape))
        .step((b, t) -> b.bias().backward(t.get("dy"), t.get("dbias"), t.get("workspace")));
  }
}
