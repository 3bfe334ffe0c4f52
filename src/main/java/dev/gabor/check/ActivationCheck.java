package dev.gabor.check;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Backend;
import dev.gabor.backend.Layout;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;

/** Element-wise activations, forward and backward, in place and not. */
final class ActivationCheck implements OperatorCheck {
  private static final Activation.Kind[] KINDS = Activation.Kind.values();

  @Override
  public String operator() {
    return "activation";
  }

  @Override
  public CheckCase draw(Backend backend, int turn, Draw draw) {
    CheckCase line =
        CheckCase.of(operator())
            .with("pass", turn % 2 == 0 ? "forward" : "backward")
            .with("function", KINDS[turn / 2 % KINDS.length])
            .with("alpha", draw.either("0.01", "0.5", "1"))
            .with("in_place", draw.oneIn(3))
            .with("shape", Shapes.drawn(draw));
    return Values.drawn(line, draw);
  }

  @Override
  public Trial trial(CheckCase line) {
    Activation activation = of(line);
    Shape shape = Shapes.of(line, "shape");
    Layout layout = Shapes.layout(shape);
    Values values = Values.of(line);
    boolean exact =
        values.areIntegers()
            && (activation.kind() == Activation.Kind.RELU
                || activation.kind() == Activation.Kind.RELU6
                || activation.kind() == Activation.Kind.IDENTITY);
    Bounds bounds = exact ? Bounds.EXACT : Bounds.FUNCTION;
    boolean inPlace = line.flag("in_place");
    if (line.text("pass").equals("forward")) {
      String y = inPlace ? "x" : "y";
      Tensor x = values.next(shape);
      Trial trial = inPlace ? new Trial() : new Trial().input("x", x, layout);
      return written(trial, y, x, inPlace, layout, bounds)
          .step((b, t) -> b.activation().forward(activation, t.get("x"), t.get(y)));
    }
    String dx = inPlace ? "dy" : "dx";
    // Below -alpha no ELU has its output, so that its slope is no more than clipped there.
    Tensor saved = values.next(shape);
    Tensor dy = values.next(shape);
    Trial trial = new Trial().input("saved", saved, layout);
    return written(inPlace ? trial : trial.input("dy", dy, layout), dx, dy, inPlace, layout, bounds)
        .step(
            (b, t) -> b.activation().backward(activation, t.get("saved"), t.get("dy"), t.get(dx)));
  }

  /** The activation that a case names by function and alpha. */
  static Activation of(CheckCase line) {
    return new Activation(
        line.constant("function", Activation.Kind.class), (float) line.number("alpha"));
  }

  /** Adds what an operation writes: a tensor of its own, or one of its inputs. */
  static Trial written(
      Trial trial, String name, Tensor before, boolean inPlace, Layout layout, Bounds bounds) {
    return inPlace
        ? trial.update(name, before, layout, bounds)
        : trial.output(name, before.shape(), layout, bounds);
  }
}
