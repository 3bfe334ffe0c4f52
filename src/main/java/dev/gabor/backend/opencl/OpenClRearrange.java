package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Padding;
import dev.gabor.backend.RearrangeOps;
import dev.gabor.backend.Step;
import dev.gabor.tensor.Shape;
import java.util.List;

/** Launches {@code kernels-cl/rearrange.cl}. */
final class OpenClRearrange extends RearrangeOps {
  private final Launcher launcher;

  OpenClRearrange(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  protected Step bindCopyChannels(
      DeviceTensor x, int firstOfX, DeviceTensor y, int firstOfY, int channels) {
    Shape shape = x.shape();
    boolean images = x.layout() == Layout.IMAGE && shape.rank() == 4;
    int columns = images ? shape.length(3) : 1;
    int rows = shape.length(0) * (images ? shape.length(2) : 1);
    ImageBlocks blocks = blocks(true, channels, columns, rows, 1);
    boolean aligned = firstOfY % ImageBlocks.CPU_VECTOR == 0 && blocks.isOfWideVectors();
    return blocks.launch(
        launcher
            .kernel("rearrange", "copy_channels", blocks.option())
            .tensor(x)
            .tensor(y)
            .integers(shape.length(1), firstOfX, y.shape().length(1), firstOfY)
            .integers(channels, columns, rows, blocks.columnBlock(), blocks.channelBlock())
            .integers(aligned ? launcher.stream(y.shape(), ImageBlocks.CPU_VECTOR) : 0));
  }

  @Override
  protected Step bindFlatten(DeviceTensor x, DeviceTensor y) {
    return transposition("flatten", x, y, x.shape());
  }

  @Override
  protected Step bindUnflatten(DeviceTensor y, DeviceTensor x) {
    return transposition("unflatten", y, x, x.shape());
  }

  @Override
  protected Step bindPad(Padding padding, DeviceTensor x, DeviceTensor y) {
    ImageBlocks blocks = blocks(y.shape(), 1);
    Launcher.Binding binding =
        launcher
            .kernel("rearrange", "pad_forward", blocks.option())
            .tensor(x)
            .tensor(y)
            .integers(mode(padding))
            .floating(padding.value());
    return blocks.launch(sizes(binding, padding, x, y, blocks, y.shape()));
  }

  @Override
  protected Step bindPadBackward(Padding padding, DeviceTensor dy, DeviceTensor dx) {
    ImageBlocks blocks = blocks(dx.shape(), placesOfAPixel(padding));
    Launcher.Binding binding =
        launcher
            .kernel("rearrange", "pad_backward", blocks.option())
            .tensor(dy)
            .tensor(dx)
            .integers(mode(padding));
    return blocks.launch(sizes(binding, padding, dx, dy, blocks, dx.shape()));
  }

  private Step transposition(String kernel, DeviceTensor from, DeviceTensor to, Shape images) {
    int area = images.length(2) * images.length(3);
    boolean squares = launcher.isCpu() && images.length(1) % ImageBlocks.CPU_VECTOR == 0;
    int pixels = squares ? ImageBlocks.CPU_VECTOR : 1;
    // The pixels at the end that fill no square are moved one by one.
    ImageBlocks blocks =
        blocks(
            squares,
            images.length(1),
            (area + pixels - 1) / pixels,
            images.length(0),
            squares ? pixels * pixels : 1);
    boolean aligned = squares && area % pixels == 0;
    return blocks.launch(
        launcher
            .kernel("rearrange", kernel, blocks.option())
            .tensor(from)
            .tensor(to)
            .integers(images.length(1), area, images.length(0))
            .integers(blocks.columnBlock(), blocks.channelBlock())
            .integers(aligned ? launcher.stream(images) : 0));
  }

  private Launcher.Binding sizes(
      Launcher.Binding binding,
      Padding padding,
      DeviceTensor x,
      DeviceTensor y,
      ImageBlocks blocks,
      Shape written) {
    return binding
        .integers(padding.top(), padding.left(), x.shape().length(1))
        .integers(x.shape().length(2), x.shape().length(3))
        .integers(y.shape().length(2), y.shape().length(3))
        .integers(written.length(0) * written.length(2))
        .integers(blocks.columnBlock(), blocks.channelBlock())
        .integers(launcher.stream(written, ImageBlocks.CPU_VECTOR));
  }

  private ImageBlocks blocks(Shape written, int iterations) {
    long rows = (long) written.length(0) * written.length(2);
    return blocks(true, written.length(1), written.length(3), rows, iterations);
  }

  private ImageBlocks blocks(
      boolean vectors, int channels, int columns, long rows, int iterations) {
    return ImageBlocks.of(launcher, vectors ? 1 : 0, channels, columns, rows, iterations);
  }

  /** At most so many places show one pixel: a corner of a replicated border is the worst. */
  private static int placesOfAPixel(Padding padding) {
    boolean replicates = padding.mode() == Padding.Mode.REPLICATE;
    int rows = replicates ? 1 + padding.top() + padding.bottom() : 3;
    int columns = replicates ? 1 + padding.left() + padding.right() : 3;
    return 1 + rows * (columns + 1);
  }

  /** The mode as {@code kernels-cl/rearrange.cl} numbers them. */
  private static int mode(Padding padding) {
    return switch (padding.mode()) {
      case CONSTANT -> 0;
      case REFLECT -> 1;
      case REPLICATE -> 2;
    };
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return ImageBlocks.variants("rearrange");
  }
}
