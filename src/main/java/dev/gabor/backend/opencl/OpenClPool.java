package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Pool;
import dev.gabor.backend.PoolOps;
import dev.gabor.backend.PoolWindow;
import dev.gabor.backend.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Launches {@code kernels-cl/pool_max.cl} and {@code kernels-cl/pool_average.cl}. The reserve is
 * one byte for each output, two where a window has more than 256 positions.
 */
final class OpenClPool extends PoolOps {
  private static final int POSITIONS_OF_A_BYTE = 256;

  /** Vectors of the CPU's length that are done at a time, as in the kernel file. */
  private static final int VECTORS = 4;

  /** Squares for which CPU drivers have kernels of their own. */
  private static final List<Integer> WINDOWS = List.of(2, 3);

  /**
   * Pixels of a window up to which a work-item writes the gradients of its windows. A CPU's may be
   * large where there are some for each of its units; llvmpipe's loops end.
   */
  private static final int APART_PIXELS = 16;

  private static final int CPU_APART_PIXELS = 1 << 14;
  private static final int WINDOWS_PER_UNIT = 4;

  private static final String MAX = "pool_max";
  private static final String AVERAGE = "pool_average";

  private final Launcher launcher;

  OpenClPool(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  protected long maxReserveBytes(Pool pool) {
    return pool.outputShape().size() * (positionsFitAByte(pool) ? 1 : 2);
  }

  @Override
  protected Step bindMaxForward(Pool pool, DeviceTensor x, DeviceTensor y, DeviceTensor reserve) {
    ImageBlocks blocks = outputBlocks(pool);
    Launcher.Binding binding = max("_forward", pool, blocks).tensor(x).tensor(y).tensor(reserve);
    return blocks.launch(sizes(binding, pool, pool.p(), blocks, y));
  }

  @Override
  protected Step bindMaxBackward(
      Pool pool, DeviceTensor dy, DeviceTensor reserve, DeviceTensor dx) {
    boolean apart = liesApart(pool);
    ImageBlocks blocks = apart ? outputBlocks(pool) : gradientBlocks(pool);
    Launcher.Binding binding =
        max(apart ? "_backward_apart" : "_backward", pool, blocks)
            .tensor(dy)
            .tensor(reserve)
            .tensor(dx);
    return blocks.launch(sizes(binding, pool, apart ? pool.p() : pool.h(), blocks, dx));
  }

  @Override
  protected Step bindAverageForward(Pool pool, DeviceTensor x, DeviceTensor y) {
    ImageBlocks blocks = outputBlocks(pool);
    Launcher.Binding binding = average("_forward", pool, blocks).tensor(x).tensor(y);
    return blocks.launch(
        sizes(binding, pool, pool.p(), blocks, y)
            .integers(pool.window().countIncludePad() ? 1 : 0));
  }

  @Override
  protected Step bindAverageBackward(Pool pool, DeviceTensor dy, DeviceTensor dx) {
    boolean apart = liesApart(pool);
    ImageBlocks blocks = apart ? outputBlocks(pool) : gradientBlocks(pool);
    Launcher.Binding binding =
        average(apart ? "_backward_apart" : "_backward", pool, blocks).tensor(dy).tensor(dx);
    Launcher.Binding sized = sizes(binding, pool, apart ? pool.p() : pool.h(), blocks, dx);
    return blocks.launch(apart ? sized : sized.integers(pool.window().countIncludePad() ? 1 : 0));
  }

  /** The cut of y: an element looks at its window. */
  private ImageBlocks outputBlocks(Pool pool) {
    PoolWindow window = pool.window();
    return blocks(pool, pool.p(), pool.q(), window.height(), window.width());
  }

  /** The cut of dx: an element looks at the windows that cover it. */
  private ImageBlocks gradientBlocks(Pool pool) {
    PoolWindow window = pool.window();
    int above = Math.min(pool.p(), (window.height() - 1) / window.strideH() + 1);
    int beside = Math.min(pool.q(), (window.width() - 1) / window.strideW() + 1);
    return blocks(pool, pool.h(), pool.w(), above, beside);
  }

  /** The cut of a tensor of rows and columns of which each element takes so many loops in loops. */
  private ImageBlocks blocks(Pool pool, int rows, int columns, int outer, int inner) {
    int iterations = 1 + outer * (inner + 1);
    return ImageBlocks.of(launcher, VECTORS, pool.c(), columns, (long) pool.n() * rows, iterations);
  }

  private Launcher.Binding max(String pass, Pool pool, ImageBlocks blocks) {
    return launcher.kernel(
        MAX, MAX + pass, blocks.option(), window(pool, blocks), position(positionsFitAByte(pool)));
  }

  private Launcher.Binding average(String pass, Pool pool, ImageBlocks blocks) {
    return launcher.kernel(AVERAGE, AVERAGE + pass, blocks.option(), window(pool, blocks));
  }

  private Launcher.Binding sizes(
      Launcher.Binding binding, Pool pool, int rows, ImageBlocks blocks, DeviceTensor result) {
    PoolWindow window = pool.window();
    return binding
        .integers(pool.c(), pool.h(), pool.w(), pool.p(), pool.q())
        .integers(window.height(), window.width(), window.strideH(), window.strideW())
        .integers(window.padH(), window.padW(), pool.n() * rows)
        .integers(blocks.columnBlock(), blocks.channelBlock())
        .integers(launcher.stream(result.shape(), ImageBlocks.CPU_VECTOR));
  }

  /** Whether windows lie side by side, without padding, and one is not too much for an item. */
  private boolean liesApart(Pool pool) {
    PoolWindow window = pool.window();
    return window.strideH() == window.height()
        && window.strideW() == window.width()
        && window.padH() == 0
        && window.padW() == 0
        && window.height() * window.width() <= apartPixels(pool);
  }

  private int apartPixels(Pool pool) {
    long windows = (long) pool.n() * pool.p() * pool.q();
    long wanted = (long) WINDOWS_PER_UNIT * launcher.context().device().computeUnits();
    return launcher.isCpu() && windows >= wanted ? CPU_APART_PIXELS : APART_PIXELS;
  }

  private static String window(Pool pool, ImageBlocks blocks) {
    int height = pool.window().height();
    boolean own =
        blocks.isOfWideVectors() && height == pool.window().width() && WINDOWS.contains(height);
    return window(own ? height : 0);
  }

  private static String window(int size) {
    return "-DWINDOW=" + size;
  }

  private static boolean positionsFitAByte(Pool pool) {
    return pool.window().height() * pool.window().width() <= POSITIONS_OF_A_BYTE;
  }

  private static String position(boolean fitsAByte) {
    return "-DPOSITION=" + (fitsAByte ? "uchar" : "ushort");
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    List<Variant> all = new ArrayList<>();
    for (Variant variant : ImageBlocks.variants(MAX)) {
      all.add(variant.with(window(0), position(true)));
      all.add(variant.with(window(0), position(false)));
    }
    for (Variant variant : ImageBlocks.variants(AVERAGE)) {
      all.add(variant.with(window(0)));
    }
    for (int size : WINDOWS) {
      all.add(ImageBlocks.wideVariant(MAX).with(window(size), position(true)));
      all.add(ImageBlocks.wideVariant(AVERAGE).with(window(size)));
    }
    return all;
  }
}
