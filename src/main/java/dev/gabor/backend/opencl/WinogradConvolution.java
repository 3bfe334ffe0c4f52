package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import dev.gabor.opencl.Device;
import java.util.ArrayList;
import java.util.List;

/**
 * Winograd's minimal filtering F(4×4, 3×3), F(2×2, 3×3) and F(2×2, 5×5) for CPU drivers (Lavin and
 * Gray 2015): {@code kernels-cl/convolution_winograd.cl}. They need 1/4, 4/9 and 9/25 of the
 * sliding window's products.
 *
 * <p>The transforms round. Against the sliding window in double, on values in [-1, 1), 32 to 512
 * channels and 3000 sampled elements of each of five shapes, the root mean square error of the
 * forward pass was 1.7 to 2.0 (4×4), 0.6 (2×2) and 1.2 to 1.4 (5×5) times that of blocks of pixels,
 * the largest error 2.4e-6, 5.9e-7 and 3.0e-6 of the largest output; backward-weight of 5×5 had 1.7
 * to 4.5 times that error, at most 2.8e-6.
 */
final class WinogradConvolution implements ConvolutionAlgorithm {
  private static final String PROGRAM = "convolution_winograd";

  /** Tiles of a block whose U and M stay in an L2 of 1 MiB for up to 256 channels. */
  private static final int BLOCK_TILES = 12;

  /** Transformed weights above this come from memory, so each must serve more tiles. */
  private static final long LARGE_WEIGHT_BYTES = 16L << 20;

  private static final int LARGE_BLOCK_TILES = 48;

  /**
   * Tiles up to which weights are transformed by the group that needs them, some channels at a
   * time: V stays in an L2, where all of it, once through memory and back, would cost more than the
   * products that it serves.
   */
  private static final int FEW_TILES = 256;

  /** Tiles of a group from which it is not cut further, as each transforms its filters again. */
  private static final int FEW_BLOCK_TILES = 64;

  /** Tiles of a group whose M of a block of filters, read again for every chunk, is near enough. */
  private static final int FEW_MOST_BLOCK_TILES = 128;

  /** Transformed weights below this stay in an L2 anyway. */
  private static final long FEW_WEIGHT_BYTES = 1L << 18;

  private static final int CHUNK = 64;

  private static final int LEAST_CHUNK = 16;

  /** A way of an L2 of 1 MiB: what lies so far apart falls into the same set of 16 lines. */
  private static final int WAY_BYTES = 1 << 16;

  /** Scratch of all groups together, of which many cores would need much; or as much as V. */
  private static final long FEW_MOST_ELEMENTS = 1L << 22;

  /** More groups than cores, so that an unequal pace of the cores evens out. */
  private static final int GROUPS_PER_UNIT = 4;

  private final Launcher launcher;
  private final WinogradForm form;

  /** The algorithm with tiles and filters of such sizes. */
  WinogradConvolution(Launcher launcher, WinogradForm form) {
    this.launcher = launcher;
    this.form = form;
  }

  @Override
  public String name() {
    return name(form);
  }

  /** The name of the algorithm with tiles and filters of such sizes. */
  static String name(WinogradForm form) {
    return form.name();
  }

  @Override
  public boolean supports(Convolution c, Pass pass) {
    return form.fits(c)
        && device().isCpu()
        && grid(c, pass).block(launcher.vectorLength()).isPresent()
        && WinogradGrid.affords(device(), workspaceBytes(c, pass));
  }

  @Override
  public long iterations(Convolution c, Pass pass) {
    return pass == Pass.BACKWARD_WEIGHT ? gradient(c).iterations() : plan(c, pass).iterations();
  }

  @Override
  public long workspaceBytes(Convolution c, Pass pass) {
    long elements =
        pass == Pass.BACKWARD_WEIGHT ? gradient(c).elements() : plan(c, pass).elements();
    return elements * Float.BYTES;
  }

  @Override
  public Step forward(
      Convolution c,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor bias,
      DeviceTensor y,
      DeviceTensor workspace,
      Activation activation) {
    Plan plan = plan(c, Pass.FORWARD);
    if (plan.chunk() > 0) {
      return correlateFew(plan, x, weight, bias, y, workspace, false, activation);
    }
    return Launcher.sequence(
        transformWeight(plan, false, weight, workspace),
        correlate(plan, x, bias, y, workspace, activation));
  }

  @Override
  public Step backwardData(
      Convolution c,
      DeviceTensor dy,
      DeviceTensor weight,
      DeviceTensor dx,
      DeviceTensor workspace) {
    Plan plan = plan(c, Pass.BACKWARD_DATA);
    if (plan.chunk() > 0) {
      return correlateFew(
          plan, dy, weight, DeviceTensor.NONE, dx, workspace, true, Activation.IDENTITY);
    }
    return Launcher.sequence(
        transformWeight(plan, true, weight, workspace),
        correlate(plan, dy, DeviceTensor.NONE, dx, workspace, Activation.IDENTITY));
  }

  @Override
  public Step backwardWeight(
      Convolution c,
      DeviceTensor x,
      DeviceTensor dy,
      DeviceTensor dweight,
      DeviceTensor workspace) {
    return gradient(c).step(x, dy, dweight, workspace);
  }

  /**
   * How the work is cut.
   *
   * @param blockTiles tiles that a group takes at a time
   * @param tileGroups groups that share the tiles
   * @param filterGroups groups that share the filters
   * @param chunk channels whose weights a group transforms at a time; 0 where all weights are
   *     transformed before
   */
  private record Plan(
      WinogradGrid grid,
      RegisterBlock block,
      int blockTiles,
      int tileGroups,
      int filterGroups,
      int chunk) {

    int filters() {
      return block.vectors() * block.vectorLength();
    }

    /** Elements of V in the workspace. */
    long weightElements() {
      return chunk > 0 ? 0 : grid.weightElements(block);
    }

    /** Elements of U, M and the chunk of V of one group, as the kernels lay them out. */
    int scratchElements() {
      int row = (grid.c() + block.vectorLength() - 1) / block.vectorLength() * block.vectorLength();
      int filterElements = chunk > 0 ? chunk * filters() + block.vectorLength() : 0;
      return grid.points()
          * (blockTiles * (row + filters()) + 2 * block.vectorLength() + filterElements);
    }

    long elements() {
      return weightElements() + (long) tileGroups * filterGroups * scratchElements();
    }

    /** Loop iterations of one work-item, at most, as if no loop were unrolled. */
    long iterations() {
      int square = 2 * grid.form().span() * (grid.form().span() + 1);
      int chunks = chunk > 0 ? ceiling(grid.c(), chunk) : 1;
      long products =
          (long) block.iterations() * (grid.groupChannels() + 2 * chunks) * grid.points();
      long outputs = (long) block.vectors() * blockTiles * (square + 2 * block.vectorLength());
      long perFilters = products * ceiling(blockTiles, block.pixels()) + outputs;
      if (chunk > 0) {
        int taps = grid.form().taps();
        int turned = taps * filters() * (block.vectorLength() + 2) / block.vectorLength();
        perFilters += (long) grid.c() * (block.vectors() * (square + taps + 1) + turned);
      }
      long inputs = (long) ceiling(grid.c(), block.vectorLength()) * blockTiles * square;
      long tileBlocks = ceiling(ceiling(grid.tiles(), blockTiles), tileGroups);
      return tileBlocks * (inputs + perFilters * ceiling(block.blocks(grid.k()), filterGroups));
    }
  }

  private Plan plan(Convolution c, Pass pass) {
    WinogradGrid grid = grid(c, pass);
    RegisterBlock block = grid.block(launcher.vectorLength()).orElseThrow();
    long weightBytes = grid.weightElements(block) * Float.BYTES;
    int units = Math.max(1, device().computeUnits());
    if (weightBytes >= FEW_WEIGHT_BYTES && grid.tiles() <= FEW_TILES && grid.groups() == 1) {
      Plan few = few(grid, block, units, pass == Pass.FORWARD ? chunk(grid) : CHUNK);
      if (launcher.loopsEnd(few.iterations())
          && few.elements() <= Math.max(grid.weightElements(block), FEW_MOST_ELEMENTS)) {
        return few;
      }
    }
    int most = weightBytes > LARGE_WEIGHT_BYTES ? LARGE_BLOCK_TILES : BLOCK_TILES;
    int fair = Math.min(most, ceiling(grid.tiles(), units));
    int blockTiles = ceiling(fair, block.pixels()) * block.pixels();
    int blocks = ceiling(grid.tiles(), blockTiles);
    int tileGroups = Math.min(blocks, units * GROUPS_PER_UNIT);
    int filterGroups = Math.min(block.blocks(grid.k()), ceiling(units, blocks));
    return new Plan(grid, block, blockTiles, tileGroups, filterGroups, 0);
  }

  /**
   * Groups that take part of the tiles, each with all filters, where tiles suffice; else groups
   * that take part of the filters, each with all tiles.
   */
  private static Plan few(WinogradGrid grid, RegisterBlock block, int units, int chunk) {
    int filterBlocks = block.blocks(grid.k());
    int most = ceiling(grid.tiles(), FEW_BLOCK_TILES);
    int tileGroups = Math.min(most, Math.max(ceiling(grid.tiles(), FEW_MOST_BLOCK_TILES), units));
    int filterGroups = Math.min(filterBlocks, ceiling(units, tileGroups));
    while (filterBlocks % filterGroups != 0) {
      filterGroups--;
    }
    tileGroups = Math.max(tileGroups, ceiling(units, filterGroups));
    int blockTiles = ceiling(ceiling(grid.tiles(), tileGroups), block.pixels()) * block.pixels();
    return new Plan(
        grid, block, blockTiles, ceiling(grid.tiles(), blockTiles), filterGroups, chunk);
  }

  /**
   * Channels whose rows of filters fill a way, as the taps of a channel share a set where there are
   * many filters: what is fetched ahead must still be there when it is read.
   */
  private static int chunk(WinogradGrid grid) {
    int rows = WAY_BYTES / (grid.k() * Float.BYTES);
    return Math.max(LEAST_CHUNK, Math.min(CHUNK, rows));
  }

  private Step transformWeight(
      Plan plan, boolean rotated, DeviceTensor weight, DeviceTensor workspace) {
    WinogradGrid grid = plan.grid();
    int c = grid.groupChannels();
    return kernel(plan, PROGRAM + (rotated ? "_filter_rotated" : "_filter"), Activation.IDENTITY)
        .tensor(weight)
        .tensor(workspace)
        .integers(rotated ? new int[] {grid.groups(), c, grid.k()} : new int[] {c, grid.k()})
        .overGroups(
            new long[] {plan.block().blocks(grid.k()), launcher.vectors(c)}, new long[] {1, 1});
  }

  private Step correlate(
      Plan plan,
      DeviceTensor x,
      DeviceTensor bias,
      DeviceTensor y,
      DeviceTensor workspace,
      Activation activation) {
    return kernel(plan, PROGRAM, activation)
        .tensor(x)
        .tensor(workspace)
        .tensor(bias)
        .tensor(y)
        .tensor(workspace)
        .integers(plan.grid().sizes())
        .integers(plan.grid().groups(), plan.blockTiles())
        .integers(Math.toIntExact(plan.weightElements()), plan.scratchElements())
        .floating(activation.alpha())
        .overGroups(new long[] {plan.tileGroups(), plan.filterGroups()}, new long[] {1, 1});
  }

  private Step correlateFew(
      Plan plan,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor bias,
      DeviceTensor y,
      DeviceTensor workspace,
      boolean rotated,
      Activation activation) {
    return kernel(plan, PROGRAM + "_few", activation)
        .tensor(x)
        .tensor(weight)
        .tensor(bias)
        .tensor(y)
        .tensor(workspace)
        .integers(plan.grid().sizes())
        .integers(plan.blockTiles(), plan.chunk(), plan.scratchElements(), rotated ? 1 : 0)
        .floating(activation.alpha())
        .overGroups(new long[] {plan.tileGroups(), plan.filterGroups()}, new long[] {1, 1});
  }

  private Launcher.Binding kernel(Plan plan, String name, Activation activation) {
    return launcher.kernel(
        PROGRAM,
        name,
        launcher.vector(),
        plan.block().pixelsOption(),
        plan.block().vectorsOption(),
        form.tileOption(),
        form.filterOption(),
        OpenClActivation.function(activation));
  }

  private WinogradGrid grid(Convolution c, Pass pass) {
    return pass == Pass.BACKWARD_DATA
        ? WinogradGrid.backwardData(form, c)
        : WinogradGrid.forward(form, c);
  }

  private WinogradGradient gradient(Convolution c) {
    return new WinogradGradient(launcher, WinogradGrid.forward(form, c));
  }

  private Device device() {
    return launcher.context().device();
  }

  private static int ceiling(int dividend, int divisor) {
    return (dividend + divisor - 1) / divisor;
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    List<Variant> all = new ArrayList<>(Variant.withActivations(WinogradGrid.cpuVariants(PROGRAM)));
    all.addAll(WinogradGradient.variants());
    return all;
  }
}
