package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Padding;
import dev.gabor.tensor.Shape;

/** Channel ranges, flattening and borders: copies, so always exact. */
final class RearrangeCheck implements OperatorCheck {
  private static final String[] OPERATIONS = {
    "put_channels", "pad", "flatten", "take_channels", "pad_backward", "unflatten"
  };
  private static final Padding.Mode[] MODES = Padding.Mode.values();

  @Override
  public String operator() {
    return "rearrange";
  }

  @Override
  public CheckCase draw(Backend backend, int turn, Draw draw) {
    String operation = OPERATIONS[turn % OPERATIONS.length];
    CheckCase line = CheckCase.of(operator()).with("operation", operation);
    if (operation.endsWith("channels")) {
      line =
          line.with("shape", Shapes.drawn(draw))
              .with("first", draw.one(0, 1, 3, 16))
              .with("behind", draw.one(0, 1, 4, 5, 16));
    } else if (operation.startsWith("pad")) {
      line = drawPadding(line.with("mode", MODES[turn / OPERATIONS.length % MODES.length]), draw);
    } else {
      line = line.with("shape", Shapes.images(draw));
    }
    return Values.drawn(line, draw);
  }

  private static CheckCase drawPadding(CheckCase line, Draw draw) {
    String shape = Shapes.images(draw);
    Shape images = Shape.of(CheckCase.of("pad").with("shape", shape).integers("shape", 4));
    int rows = images.length(2);
    int columns = images.length(3);
    // A mirror image needs to be smaller than what it mirrors.
    return line.with("shape", shape)
        .with("value", draw.either("0", "-1.5"))
        .with(
            "borders",
            Shapes.text(
                draw.below(Math.min(4, rows)),
                draw.below(Math.min(6, rows)),
                draw.below(Math.min(5, columns)),
                draw.below(Math.min(4, columns))));
  }

  @Override
  public Trial trial(CheckCase line) {
    Shape shape = Shapes.of(line, "shape");
    Values values = Values.of(line);
    return switch (line.text("operation")) {
      case "put_channels", "take_channels" -> channels(line, shape, values);
      case "pad", "pad_backward" -> padding(line, shape, values);
      case "flatten" ->
          new Trial()
              .input("x", values.next(shape), Layout.IMAGE)
              .output("y", flat(shape), Layout.PLAIN, Bounds.EXACT)
              .step((b, t) -> b.rearrange().flatten(t.get("x"), t.get("y")));
      case "unflatten" ->
          new Trial()
              .input("y", values.next(flat(shape)), Layout.PLAIN)
              .output("x", shape, Layout.IMAGE, Bounds.EXACT)
              .step((b, t) -> b.rearrange().unflatten(t.get("y"), t.get("x")));
      default -> throw new IllegalArgumentException("case \"" + line + "\": unknown operation");
    };
  }

  private static Shape flat(Shape shape) {
    return Shape.of(shape.length(0), shape.arrayLength() / shape.length(0));
  }

  private static Trial channels(CheckCase line, Shape part, Values values) {
    int first = line.integer("first");
    int[] lengths = part.toArray();
    lengths[1] += first + line.integer("behind");
    Shape whole = Shape.of(lengths);
    Layout layout = Shapes.layout(part);
    if (line.text("operation").equals("put_channels")) {
      return new Trial()
          .input("x", values.next(part), layout)
          .update("y", values.next(whole), layout, Bounds.EXACT)
          .step((b, t) -> b.rearrange().putChannels(t.get("x"), t.get("y"), first));
    }
    return new Trial()
        .input("y", values.next(whole), layout)
        .output("x", part, layout, Bounds.EXACT)
        .step((b, t) -> b.rearrange().takeChannels(t.get("y"), t.get("x"), first));
  }

  private static Trial padding(CheckCase line, Shape inner, Values values) {
    int[] borders = line.integers("borders", 4);
    Padding padding =
        new Padding(
            line.constant("mode", Padding.Mode.class),
            (float) line.number("value"),
            borders[0],
            borders[1],
            borders[2],
            borders[3]);
    Shape outer = padding.outputShape(inner);
    if (line.text("operation").equals("pad")) {
      return new Trial()
          .input("x", values.next(inner), Layout.IMAGE)
          .output("y", outer, Layout.IMAGE, Bounds.EXACT)
          .step((b, t) -> b.rearrange().pad(padding, t.get("x"), t.get("y")));
    }
    long terms = outer.size() / inner.size() + 1L + borders[0] + borders[1];
    Bounds bounds = values.areIntegers() ? Bounds.EXACT : Bounds.sum(terms, 1);
    return new Trial()
        .input("dy", values.next(outer), Layout.IMAGE)
        .output("dx", inner, Layout.IMAGE, bounds)
        .step((b, t) -> b.rearrange().padBackward(padding, t.get("dy"), t.get("dx")));
  }
}
