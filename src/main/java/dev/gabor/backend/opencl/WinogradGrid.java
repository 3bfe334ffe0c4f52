package dev.gabor.backend.opencl;

import dev.gabor.backend.Convolution;
import dev.gabor.opencl.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A correlation with stride 1 cut into square tiles of the output: the forward pass, or
 * backward-data, which is the forward pass of dy with turned filters and padding filter − 1 − pad.
 *
 * @param form the sizes of a tile and of a filter
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
    WinogradForm form,
    int n,
    int c,
    int h,
    int w,
    int k,
    int p,
    int q,
    int padH,
    int padW,
    int groups) {

  /** Elements of a workspace are counted in ints. */
  private static final long LARGEST_WORKSPACE_BYTES = (long) Integer.MAX_VALUE * Float.BYTES;

  static WinogradGrid forward(WinogradForm form, Convolution c) {
    return new WinogradGrid(
        form, c.n(), c.c(), c.h(), c.w(), c.k(), c.p(), c.q(), c.padH(), c.padW(), c.groups());
  }

  static WinogradGrid backwardData(WinogradForm form, Convolution c) {
    int padH = form.filter() - 1 - c.padH();
    int padW = form.filter() - 1 - c.padW();
    return new WinogradGrid(
        form, c.n(), c.k(), c.p(), c.q(), c.c(), c.h(), c.w(), padH, padW, c.groups());
  }

  /** Whether a device has room for a workspace. */
  static boolean affords(Device device, long workspaceBytes) {
    return workspaceBytes <= Math.min(LARGEST_WORKSPACE_BYTES, device.maxAllocationBytes());
  }

  /** Products for each tile, channel and filter. */
  int points() {
    return form.points();
  }

  /** Tiles of all images. */
  int tiles() {
    return n * form.tiles(p) * form.tiles(q);
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

  /**
   * Elements of the transformed weights, whose filters are padded to whole blocks; a vector apart.
   */
  long weightElements(RegisterBlock block) {
    long slab = (long) groupChannels() * block.padded(1) + block.vectorLength();
    return (long) points() * block.blocks(k) * slab;
  }

  /** The sizes in the order of the kernels' parameters. */
  int[] sizes() {
    return new int[] {n, c, h, w, k, p, q, padH, padW};
  }

  /** The builds of a kernel file for CPU drivers. */
  static List<Variant> cpuVariants(String program) {
    List<Variant> all = new ArrayList<>();
    for (WinogradForm form : WinogradForm.ALL) {
      for (int length : Launcher.VECTORS) {
        for (RegisterBlock block : RegisterBlock.all(length)) {
          all.add(
              Variant.cpu(program, Launcher.vector(length))
                  .with(block.pixelsOption(), block.vectorsOption())
                  .with(form.tileOption(), form.filterOption()));
        }
      }
    }
    return all;
  }
}
