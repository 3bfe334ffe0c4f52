package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Layout;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;

/** Sums and products of two tensors, into a third or over the first. */
final class ElementwiseCheck implements OperatorCheck {
  @Override
  public String operator() {
    return "elementwise";
  }

  @Override
  public CheckCase draw(Backend backend, int turn, Draw draw) {
    CheckCase line =
        CheckCase.of(operator())
            .with("operation", turn % 2 == 0 ? "add" : "multiply")
            .with("in_place", draw.oneIn(3))
            .with("shape", Shapes.drawn(draw));
    return Values.drawn(line, draw);
  }

  @Override
  public Trial trial(CheckCase line) {
    Shape shape = Shapes.of(line, "shape");
    Layout layout = Shapes.layout(shape);
    Values values = Values.of(line);
    Bounds bounds = values.areIntegers() ? Bounds.EXACT : Bounds.ROUNDED;
    boolean inPlace = line.flag("in_place");
    Tensor a = values.next(shape);
    String y = inPlace ? "a" : "y";
    Trial trial = new Trial().input("b", values.next(shape), layout);
    ActivationCheck.written(
        inPlace ? trial : trial.input("a", a, layout), y, a, inPlace, layout, bounds);
    return line.text("operation").equals("add")
        ? trial.step((b, t) -> b.elementwise().add(t.get("a"), t.get("b"), t.get(y)))
        : trial.step((b, t) -> b.elementwise().multiply(t.get("a"), t.get("b"), t.get(y)));
  }
}
