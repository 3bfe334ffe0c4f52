package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Pool;
import dev.gabor.backend.PoolWindow;
import dev.gabor.tensor.Shape;

/** Maximum and average pooling; the gradient of a maximum follows its forward pass. */
final class PoolCheck implements OperatorCheck {
  private static final PoolWindow.Kind[] KINDS = PoolWindow.Kind.values();

  @Override
  public String operator() {
    return "pool";
  }

  @Override
  public CheckCase draw(Backend backend, int turn, Draw draw) {
    String images = Shapes.images(draw);
    Shape shape = Shape.of(CheckCase.of("pool").with("shape", images).integers("shape", 4));
    boolean global = draw.oneIn(6);
    int height = global ? shape.length(2) : draw.one(1, 2, 2, 3, 3, 5, 7);
    int width = global ? shape.length(3) : draw.one(1, 2, 2, 3, 3, 4, 17);
    int padH = global ? 0 : padding(height, shape.length(2), draw);
    int padW = global ? 0 : padding(width, shape.length(3), draw);
    CheckCase line =
        CheckCase.of(operator())
            .with("kind", KINDS[turn % KINDS.length])
            .with("pass", turn / 2 % 2 == 0 ? "forward" : "backward")
            .with(
                "window",
                Shapes.text(
                    Math.min(height, shape.length(2) + 2 * padH),
                    Math.min(width, shape.length(3) + 2 * padW)))
            .with("stride", Shapes.text(draw.one(1, 2, 2, 3, 5), draw.one(1, 2, 2, 3, 4)))
            .with("pad", padH + "," + padW)
            .with("ceil", draw.oneIn(2))
            .with("count_padding", draw.oneIn(2))
            .with("shape", images);
    return Values.drawn(line, draw);
  }

  /** At most half the window that is left when it has been cut to the padded image. */
  private static int padding(int window, int length, Draw draw) {
    int pad = draw.below(window / 2 + 1);
    while (pad > Math.min(window, length + 2 * pad) / 2) {
      pad--;
    }
    return pad;
  }

  @Override
  public Trial trial(CheckCase line) {
    Shape shape = Shapes.of(line, "shape");
    int[] size = line.integers("window", 2);
    int[] stride = line.integers("stride", 2);
    int[] pad = line.integers("pad", 2);
    PoolWindow window =
        PoolWindow.of(line.constant("kind", PoolWindow.Kind.class), size[0], size[1])
            .stride(stride[0], stride[1])
            .pad(pad[0], pad[1])
            .ceilMode(line.flag("ceil"))
            .countIncludePad(line.flag("count_padding"));
    Pool pool =
        new Pool(window, shape.length(0), shape.length(1), shape.length(2), shape.length(3));
    boolean backward = line.text("pass").equals("backward");
    Values values = Values.of(line);
    boolean maximum = window.kind() == PoolWindow.Kind.MAX;
    Trial trial =
        new Trial()
            .input("x", values.next(shape), Layout.IMAGE)
            .output(
                "y",
                pool.outputShape(),
                Layout.IMAGE,
                maximum ? Bounds.EXACT : Bounds.sum((long) size[0] * size[1], values.scale()))
            .step((b, t) -> b.pool().forward(pool, t.get("x"), t.get("y"), t.get("reserve")));
    if (!backward) {
      return trial;
    }
    long windows = (size[0] / stride[0] + 1L) * (size[1] / stride[1] + 1L);
    boolean exact = maximum && values.areIntegers();
    return trial
        .scratch("reserve", b -> b.pool().reserveBytes(pool))
        .input("dy", values.next(pool.outputShape()), Layout.IMAGE)
        .output(
            "dx", shape, Layout.IMAGE, exact ? Bounds.EXACT : Bounds.sum(windows, values.scale()))
        .step((b, t) -> b.pool().backward(pool, t.get("dy"), t.get("reserve"), t.get("dx")));
  }
}
