package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.DropoutOps;
import dev.gabor.backend.RandomState;
import dev.gabor.backend.Step;
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

  /** Floats of a vector on a CPU, and of a work-item there. */
  private static final int VECTOR = 16;

  private static final int RUN = 128;

  /** Floats of a work-item there that shares the draws of whole channels. */
  private static final int RUN_FLOATS = 1 << 16;

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
        launcher.kernel("dropout", kernel(planes), option()).tensor(x).tensor(y);
    long[] items;
    if (planes) {
      int c = shape.length(1);
      int images = shape.length(0);
      int pixels = Math.max(1, Math.min(area, RUN_FLOATS / c));
      if (vectors()) {
        binding.integers(c, area, pixels, launcher.stream(shape, VECTOR));
        items = new long[] {images, (area + pixels - 1) / pixels};
      } else {
        binding.integers(images * c, c, area);
        items = new long[] {items(images * c), Math.min(area, PIXEL_ITEMS)};
      }
    } else if (vectors()) {
      binding.integers(size, launcher.streamByMany(shape));
      items = new long[] {((size - 1L) / RUN + 1)};
    } else {
      binding.integers(size);
      items = new long[] {items(size)};
    }
    binding.floating(p).floating(1 / (1 - p)).longIntegers(random.seed(), random.stream(layer));
    int streamIndex = 5 + (planes ? vectors() ? 4 : 3 : vectors() ? 2 : 1);
    Launch launch =
        planes && vectors() ? binding.overGroups(items, new long[] {1, 1}) : binding.over(items);
    return new Step() {
      @Override
      public void ready() {
        launch.ready();
      }

      @Override
      public void run() {
        launch.kernel().setLong(streamIndex, random.stream(layer));
        launch.run();
      }

      @Override
      public void close() {
        launch.close();
      }
    };
  }

  /** Whether work-items have vectors for 8 blocks at once. */
  private boolean vectors() {
    return launcher.isCpu();
  }

  private String option() {
    return Launcher.vector(vectors() ? VECTOR : Launcher.GPU_VECTOR);
  }

  private String kernel(boolean planes) {
    if (vectors()) {
      return planes ? "dropout_rows" : "dropout_runs";
    }
    return planes ? "dropout_channels" : "dropout_elements";
  }

  private static long items(int indices) {
    int blocks = (indices - 1) / WORDS + 1;
    return ((blocks - 1L) / MULTIPLE + 1) * MULTIPLE;
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return List.of(
        Variant.cpu("dropout", Launcher.vector(VECTOR)),
        Variant.any("dropout", Launcher.vector(Launcher.GPU_VECTOR)));
  }
}
