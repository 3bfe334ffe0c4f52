package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.DropoutOps;
import dev.gabor.backend.RandomState;
import dev.gabor.backend.Step;
import dev.gabor.opencl.Kernel;
import dev.gabor.tensor.Shape;
import java.util.List;

/** Launches {@code kernels-cl/dropout.cl}. */
final class OpenClDropout extends DropoutOps {
  /** Random words of a block, which one work-item draws. */
  private static final int WORDS = 4;

  /** Work-items along the blocks come in multiples of this, so that groups divide them. */
  private static final int MULTIPLE = 64;

  /** Work-items along the pixels of a channel: enough to fill a GPU, few enough to share a draw. */
  private static final int PIXEL_ITEMS = 16;

  private final Launcher launcher;

  OpenClDropout(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  protected Step bind(
      RandomState random, int layer, float p, boolean channels, DeviceTensor x, DeviceTensor y) {
    Shape shape = x.shape();
    int size = shape.arrayLength();
    int area = shape.rank() == 4 ? shape.length(2) * shape.length(3) : 1;
    boolean planes = channels && area > 1;
    Launcher.Binding binding =
        launcher
            .kernel("dropout", planes ? "dropout_channels" : "dropout_elements")
            .tensor(x)
            .tensor(y);
    if (planes) {
      binding.integers(size / area, shape.length(1), area);
    } else {
      binding.integers(size);
    }
    binding.floating(p).floating(1 / (1 - p)).longIntegers(random.seed(), random.stream(layer));
    Kernel kernel = binding.kernel();
    int streamIndex = planes ? 8 : 6;
    Launch launch =
        planes
            ? binding.over(items(size / area), Math.min(area, PIXEL_ITEMS))
            : binding.over(items(size));
    return new Step() {
      @Override
      public void run() {
        kernel.setLong(streamIndex, random.stream(layer));
        launch.run();
      }

      @Override
      public void close() {
        launch.close();
      }
    };
  }

  private static long items(int indices) {
    int blocks = (indices - 1) / WORDS + 1;
    return ((blocks - 1L) / MULTIPLE + 1) * MULTIPLE;
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return List.of(Variant.any("dropout"));
  }
}
