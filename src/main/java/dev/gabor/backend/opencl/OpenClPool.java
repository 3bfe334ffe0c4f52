package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Pool;
import dev.gabor.backend.PoolOps;
import dev.gabor.backend.PoolWindow;
import dev.gabor.backend.Step;
import java.util.List;
import java.util.stream.Stream;

/**
 * Launches {@code kernels-cl/pool.cl}. The reserve is one byte for each output, two where a window
 * has more than 256 positions.
 */
final class OpenClPool extends PoolOps {
  private static final int POSITIONS_OF_A_BYTE = 256;

  /** Vectors of the CPU's length that are done at a time, as in the kernel file. */
  private static final int VECTORS = 4;

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
    Launcher.Binding binding =
        kernel("pool_max_forward", pool, blocks).tensor(x).tensor(y).tensor(reserve);
    return blocks.launch(sizes(binding, pool, pool.p(), blocks, y));
  }

  @Override
  protected Step bindMaxBackward(
      Pool pool, DeviceTensor dy, DeviceTensor reserve, DeviceTensor dx) {
    ImageBlocks blocks = gradientBlocks(pool);
    Launcher.Binding binding =
        kernel("pool_max_backward", pool, blocks).tensor(dy).tensor(reserve).tensor(dx);
    return blocks.launch(sizes(binding, pool, pool.h(), blocks, dx));
  }

  @Override
  protected Step bindAverageForward(Pool pool, DeviceTensor x, DeviceTensor y) {
    ImageBlocks blocks = outputBlocks(pool);
    Launcher.Binding binding = kernel("pool_average_forward", pool, blocks).tensor(x).tensor(y);
    return blocks.launch(
        sizes(binding, pool, pool.p(), blocks, y)
            .integers(pool.window().countIncludePad() ? 1 : 0));
  }

  @Override
  protected Step bindAverageBackward(Pool pool, DeviceTensor dy, DeviceTensor dx) {
    ImageBlocks blocks = gradientBlocks(pool);
    Launcher.Binding binding = kernel("pool_average_backward", pool, blocks).tensor(dy).tensor(dx);
    return blocks.launch(
        sizes(binding, pool, pool.h(), blocks, dx)
            .integers(pool.window().countIncludePad() ? 1 : 0));
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

  private Launcher.Binding kernel(String name, Pool pool, ImageBlocks blocks) {
    return launcher.kernel("pool", name, blocks.option(), position(positionsFitAByte(pool)));
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

  private static boolean positionsFitAByte(Pool pool) {
    return pool.window().height() * pool.window().width() <= POSITIONS_OF_A_BYTE;
  }

  private static String position(boolean fitsAByte) {
    return "-DPOSITION=" + (fitsAByte ? "uchar" : "ushort");
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return ImageBlocks.variants("pool").stream()
        .flatMap(variant -> Stream.of(variant.with(position(true)), variant.with(position(false))))
        .toList();
  }
}
