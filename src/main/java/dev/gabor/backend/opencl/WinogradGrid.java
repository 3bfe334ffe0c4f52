package dev.gabor.backend.opencl;

import dev.gabor.backend.Convolution;
import dev.gabor.opencl.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A 3×3 correlation with stride 1 cut into square tiles of the output: the forward pass, or
 * backward-data, which is the forward pass of dy with turned filters and padding 2 − pad.
 *
 * @param tile rows and columns of a tile, 2 or 4
 * @param n images
 * @param c channels of the input, of all groups
 * @param h rows of the input
 * @param w columns of the input
 * @param k channels of the output, of all groups
 * @param p rows of the output
 * @param q columns of the output
 * @param padH rows of zeros above the input; negative where rows are left out
 * @param padW columns of zeros left of the input, likewise
 * @param groups groups of channels, each of which is summed by itself
 */
record WinogradGrid(
    int tile, int n, int c, int h, int w, int k, int p, int q, int padH, int padW, int groups) {

  /** The sizes of tiles. */
  static final List<Integer> TILES = List.of(4, 2);

  /** Elements of a workspace are counted in ints. */
  private static final long LARGEST_WORKSPACE_BYTES = (long) Integer.MAX_VALUE * Float.BYTES;

  static WinogradGrid forward(int tile, Convolution c) {
    return new WinogradGrid(
        tile, c.n(), c.c(), c.h(), c.w(), c.k(), c.p(), c.q(), c.padH(), c.padW(), c.groups());
  }

  static WinogradGrid backwardData(int tile, Convolution c) {
    int padH = 2 - c.padH();
    int padW = 2 - c.padW();
    return new WinogradGrid(
        tile, c.n(), c.k(), c.p(), c.q(), c.c(), c.h(), c.w(), padH, padW, c.groups());
  }

  /** Whether the algorithm can do this: 3×3, stride 1, dilation 1. */
  static boolean fits(Convolution c) {
    return c.r() == 3
        && c.s() == 3
        && c.strideH() == 1
        && c.strideW() == 1
        && c.dilationH() == 1
        && c.dilationW() == 1
        && c.yShape().size() <= Integer.MAX_VALUE;
  }

  /** Whether a device has room for a workspace. */
  static boolean affords(Device device, long workspaceBytes) {
    return workspaceBytes <= Math.min(LARGEST_WORKSPACE_BYTES, device.maxAllocationBytes());
  }

  /** Products for each tile, channel and filter: (tile + 2)². */
  int points() {
    return (tile + 2) * (tile + 2);
  }

  /** Tiles of all images. */
  int tiles() {
    return n * ((p + tile - 1) / tile) * ((q + tile - 1) / tile);
  }

  /** Channels that are summed. */
  int groupChannels() {
    return c / groups;
  }

  /** Channels of the output that see the same channels of the input. */
  int groupFilters() {
    return k / groups;
  }

  /**
   * The register block of the products: where there are several groups, one that divides the
   * filters of a group.
   *
   * @return none if no block does
   */
  Optional<RegisterBlock> block(int vectorLength) {
    return groups == 1
        ? Optional.of(RegisterBlock.choose(k, vectorLength))
        : RegisterBlock.dividing(groupFilters(), vectorLength);
  }

  /** Elements of the transformed weights, whose filters are padded to whole blocks. */
  long weightElements(RegisterBlock block) {
    return (long) points() * groupChannels() * block.padded(k);
  }

  /** The sizes in the order of the kernels' parameters. */
  int[] sizes() {
    return new int[] {n, c, h, w, k, p, q, padH, padW};
  }

  String option() {
    return option(tile);
  }

  /** The build option that sets the size of the tiles. */
  static String option(int tile) {
    return "-DTILE=" + tile;
  }

  /** The builds of a kernel file for CPU drivers. */
  static List<Variant> cpuVariants(String program) {
    List<Variant> all = new ArrayList<>();
    for (int tile : TILES) {
      for (int length : Launcher.VECTORS) {
        for (RegisterBlock block : RegisterBlock.all(length)) {
          all.add(
              Variant.cpu(program, Launcher.vector(length))
                  .with(block.pixelsOption(), block.vectorsOption(), option(tile)));
        }
      }
    }
    return all;
  }
}
