package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Backward-weight by Winograd's minimal filtering for CPU drivers: {@code
 * kernels-cl/convolution_winograd_gradient.cl}. The workspace holds dV, or what each group needs of
 * it, then U and dM of a run of tiles.
 */
final class WinogradGradient {
  private static final String PROGRAM = "convolution_winograd_gradient";

  /**
   * U and dM of a run, so many bytes at least: with 64 and 128 channels 4 MB was the fastest of 2,
   * 4 and 8 MB, by a little, on a last-level cache of 32 MB.
   */
  private static final long RUN_BYTES = 4L << 20;

  /** A run reads and writes dV once: so many times its size makes that cheap. */
  private static final int RUN_PER_WEIGHT = 2;

  /** Each half of a tile's points is transformed by the core that multiplies there. */
  private static final int HALVES = 2;

  private static final long LARGEST_RUN_BYTES = 64L << 20;

  /** Channels whose dV of a block of filters stays in an L2, where one run has all tiles. */
  private static final int CHUNK = 32;

  private static final int GROUPS_PER_UNIT = 4;

  private final Launcher launcher;
  private final WinogradGrid grid;
  private final RegisterBlock block;
  private final int chunk;

  /** Backward-weight of a forward grid. */
  WinogradGradient(Launcher launcher, WinogradGrid grid) {
    this.launcher = launcher;
    this.grid = grid;
    this.block = grid.block(launcher.vectorLength()).orElseThrow();
    this.chunk = chooseChunk();
  }

  /** Elements of the workspace. */
  long elements() {
    return gradientStart() + block.blocks(grid.k()) * gradientSlabs();
  }

  /** Loop iterations of one work-item, at most, as if no loop were unrolled. */
  long iterations() {
    int square = 2 * grid.form().span() * (grid.form().span() + 1);
    long transforms = (long) block.vectors() * launcher.vectorLength() * 2 * square;
    long inputs = (long) launcher.vectors(grid.c()) * square;
    long products = chunk > 0 ? iterationsAtOnce(chunk) : (long) (run() + 2) * block.iterations();
    return Math.max(Math.max(transforms, inputs), products);
  }

  /** Binds the launches. */
  Step step(DeviceTensor x, DeviceTensor dy, DeviceTensor dweight, DeviceTensor workspace) {
    if (chunk > 0) {
      return Launcher.sequence(
          transform(0, run(), x, dy, workspace), productsAtOnce(dweight, workspace));
    }
    List<Step> steps = new ArrayList<>();
    for (int first = 0; first < grid.tiles(); first += run()) {
      int tiles = Math.min(run(), grid.tiles() - first);
      steps.add(transform(first, tiles, x, dy, workspace));
      steps.add(products(first, tiles, workspace));
    }
    steps.add(
        kernel("winograd_gradient_gather")
            .tensor(workspace)
            .tensor(dweight)
            .integers(grid.groupChannels(), grid.k())
            .overGroups(
                new long[] {block.blocks(grid.k()), launcher.vectors(grid.groupChannels())},
                new long[] {1, 1}));
    return Launcher.sequence(steps.toArray(Step[]::new));
  }

  private Step transform(
      int first, int tiles, DeviceTensor x, DeviceTensor dy, DeviceTensor workspace) {
    return kernel("winograd_gradient_transform")
        .tensor(x)
        .tensor(dy)
        .tensor(workspace)
        .tensor(workspace)
        .integers(grid.sizes())
        .integers(first, run())
        .integers(Math.toIntExact(inputStart()), Math.toIntExact(gradientStart()))
        .overGroups(new long[] {1L + block.blocks(grid.k()), tiles, HALVES}, new long[] {1, 1, 1});
  }

  private Step products(int first, int tiles, DeviceTensor workspace) {
    return kernel("winograd_gradient_multiply")
        .tensor(workspace)
        .tensor(workspace)
        .tensor(workspace)
        .integers(grid.groups(), grid.groupChannels(), block.blocks(grid.groupFilters()))
        .integers(tiles, run())
        .integers(Math.toIntExact(inputStart()), Math.toIntExact(gradientStart()))
        .integers(first > 0 ? 1 : 0)
        .overGroups(
            new long[] {
              ceiling(grid.groupChannels(), block.pixels()), block.blocks(grid.k()), grid.points()
            },
            new long[] {1, 1, 1});
  }

  private Step productsAtOnce(DeviceTensor dweight, DeviceTensor workspace) {
    return kernel("winograd_gradient_at_once")
        .tensor(workspace)
        .tensor(workspace)
        .tensor(workspace)
        .tensor(dweight)
        .integers(grid.groups(), grid.groupChannels(), grid.k())
        .integers(block.blocks(grid.groupFilters()), grid.tiles())
        .integers(Math.toIntExact(inputStart()), Math.toIntExact(gradientStart()))
        .integers(chunk)
        .overGroups(new long[] {workGroups()}, new long[] {1});
  }

  /**
   * Channels of a piece of the products: as many as leave a piece for each group.
   *
   * @return 0 where there are several runs, or too few pieces to share, or a driver's loops too
   *     short for them
   */
  private int chooseChunk() {
    int blocks = block.blocks(grid.k());
    int chunks = ceiling(workGroups(), blocks);
    int fair =
        ceiling(grid.groupChannels(), Math.max(chunks, ceiling(grid.groupChannels(), CHUNK)));
    int channels = ceiling(fair, block.pixels()) * block.pixels();
    boolean shared = pieces(channels) >= workGroups();
    return run() == grid.tiles() && shared && launcher.loopsEnd(iterationsAtOnce(channels))
        ? channels
        : 0;
  }

  private long iterationsAtOnce(int channels) {
    int square = 2 * grid.form().span() * (grid.form().span() + 1);
    long products = (long) grid.points() * ceiling(channels, block.pixels());
    long gathers = (long) channels * block.vectors() * square;
    long share = ceiling(pieces(channels), workGroups());
    return share * (products * (grid.tiles() + 2) * block.iterations() + gathers);
  }

  private int pieces(int channels) {
    return ceiling(grid.groupChannels(), channels) * block.blocks(grid.k());
  }

  /** Work-groups that share the products and dweight. */
  private int workGroups() {
    return Math.max(1, launcher.context().device().computeUnits()) * GROUPS_PER_UNIT;
  }

  /** Tiles of a run. */
  private int run() {
    long tileBytes =
        (long) grid.points() * (paddedChannels() + block.padded(grid.k())) * Float.BYTES;
    long wanted = Math.max(RUN_BYTES, RUN_PER_WEIGHT * grid.weightElements(block) * Float.BYTES);
    long most = Math.max(1, Math.min(wanted, LARGEST_RUN_BYTES) / tileBytes);
    int runs = (int) ((grid.tiles() + most - 1) / most);
    return ceiling(grid.tiles(), runs);
  }

  private int paddedChannels() {
    return launcher.vectors(grid.c()) * launcher.vectorLength();
  }

  /** Behind dV, or behind that of a chunk for each group. */
  private long inputStart() {
    if (chunk == 0) {
      return grid.weightElements(block);
    }
    long slab = (long) chunk * block.padded(1) + block.vectorLength();
    return (long) workGroups() * grid.points() * slab;
  }

  private long gradientStart() {
    return inputStart() + grid.points() * ((long) run() * paddedChannels() + block.vectorLength());
  }

  /** Elements of dM of one block of filters. */
  private long gradientSlabs() {
    int filters = block.vectors() * block.vectorLength();
    return (long) grid.points() * ((long) run() * filters + block.vectorLength());
  }

  private Launcher.Binding kernel(String name) {
    return launcher.kernel(
        PROGRAM,
        name,
        launcher.vector(),
        block.pixelsOption(),
        block.vectorsOption(),
        grid.form().tileOption(),
        grid.form().filterOption());
  }

  private static int ceiling(int dividend, int divisor) {
    return (dividend + divisor - 1) / divisor;
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return WinogradGrid.cpuVariants(PROGRAM);
  }
}
