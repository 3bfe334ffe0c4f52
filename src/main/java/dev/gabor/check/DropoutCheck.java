package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Layout;
import dev.gabor.backend.RandomState;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;

/** Dropout of elements and channels: the mask must be the reference's, bit for bit. */
final class DropoutCheck implements OperatorCheck {
  @Override
  public String operator() {
    return "dropout";
  }

  @Override
  public CheckCase draw(Backend backend, int turn, Draw draw) {
    CheckCase line =
        CheckCase.of(operator())
            .with("pass", turn % 2 == 0 ? "forward" : "backward")
            .with("channels", turn / 2 % 2 == 0)
            .with("p", draw.either("0", "0.1", "0.25", "0.5", "0.9"))
            .with("layer", draw.below(40))
            .with("step", draw.one(0, 1, 1000))
            .with("in_place", draw.oneIn(3))
            .with("shape", Shapes.drawn(draw));
    return Values.drawn(line, draw);
  }

  @Override
  public Trial trial(CheckCase line) {
    Shape shape = Shapes.of(line, "shape");
    Layout layout = Shapes.layout(shape);
    boolean inPlace = line.flag("in_place");
    boolean channels = line.flag("channels");
    float p = (float) line.number("p");
    int layer = line.integer("layer");
    RandomState random = new RandomState(line.seed());
    random.moveTo(line.integer("step"));
    Tensor x = Values.of(line).next(shape);
    String y = inPlace ? "x" : "y";
    Trial trial = inPlace ? new Trial() : new Trial().input("x", x, layout);
    ActivationCheck.written(trial, y, x, inPlace, layout, Bounds.ROUNDED);
    return line.text("pass").equals("forward")
        ? trial.step(
            (b, t) -> b.dropout().forward(random, layer, p, channels, t.get("x"), t.get(y)))
        : trial.step(
            (b, t) -> b.dropout().backward(random, layer, p, channels, t.get("x"), t.get(y)));
  }
}
