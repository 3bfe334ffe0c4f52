package dev.gabor.backend.opencl;

import dev.gabor.backend.Convolution;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Backward-weight of {@link BlockedConvolution}: {@code
 * kernels-cl/convolution_blocked_gradient.cl}. Pixels are summed in parts, channels and filters cut
 * into slices and strips, so that there is work for all cores and the sums of a work-item stay in a
 * second-level cache.
 */
final class BlockedGradient {
  private static final String PROGRAM = "convolution_blocked_gradient";

  /** Channels of a register block, most; fewer where there are fewer. */
  private static final int CHANNELS = 6;

  /** Where filters fill one vector only: multiply-adds that wait for none of the others. */
  private static final int CHANNELS_OF_ONE_VECTOR = 8;

  /** Floats of x and dy that a chunk reads: a quarter of a second-level cache. */
  private static final int CHUNK_FLOATS = 1 << 16;

  /** Writing and adding up the sums of a part costs some 2 % of making them. */
  private static final int PIXELS_PER_PART = 2048;

  private static final long PARTS_LIMIT_BYTES = 64L << 20;

  /** Channels of a slice, about, where all sums would not fit {@link #MOST_SUMS}. */
  private static final int WIDE_SLICE = 512;

  /** Sums of a work-item: a quarter of a second-level cache. */
  private static final int MOST_SUMS = 1 << 16;

  /** Pixels of rows that are joined, most. */
  private static final int LONGEST_ROW = 32;

  /** Work-items, least, so that the cores end together. */
  private static final int LEAST_ITEMS = 16;

  private final Launcher launcher;
  private final Convolution c;
  private final RegisterBlock block;
  private final int channels;
  private final int slice;
  private final int strip;

  /** With a register block of as many vectors as this one. */
  BlockedGradient(Launcher launcher, Convolution problem, RegisterBlock block) {
    this.launcher = launcher;
    this.c = RowsCut.isPointwise(problem) ? joined(problem) : problem;
    this.block = block;
    this.channels = Math.min(mostChannels(block), c.groupChannels());
    int wholeStrip = block.padded(c.groupFilters());
    int wide = roundUp(c.groupChannels(), channels);
    if ((long) wide * wholeStrip > MOST_SUMS) {
      wide = Math.min(wide, roundUp(WIDE_SLICE, channels));
    }
    int most = Math.max(strip(1), MOST_SUMS / wide / strip(1) * strip(1));
    int items = c.r() * c.s() * c.groups() * parts();
    int blocks = block.blocks(c.groupFilters());
    int strips =
        Math.max(divideUp(wholeStrip, most), Math.min(blocks, divideUp(LEAST_ITEMS, items)));
    int evenStrip = strip(divideUp(blocks, strips));
    items *= divideUp(wholeStrip, evenStrip);
    int slices = Math.max(divideUp(c.groupChannels(), wide), divideUp(LEAST_ITEMS, items));
    int even = roundUp(divideUp(c.groupChannels(), slices), channels);
    boolean ends = launcher.loopsEnd(iterations(even, evenStrip));
    this.slice = ends ? even : channels;
    this.strip = ends ? evenStrip : strip(1);
  }

  /** The same with several rows as one, which makes no difference to a filter of one element. */
  private static Convolution joined(Convolution c) {
    int rows = 1;
    while (c.h() % (2 * rows) == 0 && 2 * rows * c.w() <= LONGEST_ROW) {
      rows *= 2;
    }
    return Convolution.of(c.n(), c.c(), c.h() / rows, c.w() * rows, c.k(), 1, 1, 1, 0, 1, 1);
  }

  /** Filters of so many register blocks. */
  private int strip(int blocks) {
    return blocks * block.vectors() * block.vectorLength();
  }

  long iterations() {
    return iterations(slice, strip);
  }

  private long iterations(int slice, int strip) {
    long rows = Math.min(rowsPerPart(), rows());
    long sums = rows * (c.q() * (long) block.iterations(channels) + 2);
    long lastVector = 2L * (block.vectorLength() + 1);
    long ends = 2L * channels * (block.vectors() * (1 + lastVector) + 2);
    long blocks = (long) divideUp(slice, channels) * (strip / strip(1));
    return blocks * (sums + rows * ends);
  }

  long workspaceBytes() {
    return parts() == 1 ? 0 : parts() * c.weightShape().size() * Float.BYTES;
  }

  Step bind(DeviceTensor x, DeviceTensor dy, DeviceTensor dweight, DeviceTensor workspace) {
    int parts = parts();
    Step sumsOfParts =
        launcher
            .kernel(
                PROGRAM,
                "convolution_blocked_backward_weight",
                launcher.vector(),
                block.vectorsOption(),
                channelsOption(channels))
            .tensor(x)
            .tensor(dy)
            .tensor(parts == 1 ? dweight : workspace)
            .integers(
                c.groupChannels(), c.groupFilters(), c.groups(), c.h(), c.w(), c.s(), c.r() * c.s())
            .integers(c.p(), c.q(), c.strideH(), c.strideW(), c.padH(), c.padW())
            .integers(c.dilationH(), c.dilationW(), rows(), rowsPerPart(), rowsPerChunk())
            .integers(slice, strip)
            .overGroups(
                new long[] {
                  (long) c.r() * c.s() * divideUp(c.groupChannels(), slice),
                  (long) c.groups() * divideUp(c.groupFilters(), strip),
                  parts
                },
                new long[] {1, 1, 1});
    if (parts == 1) {
      return sumsOfParts;
    }
    int size = dweight.shape().arrayLength();
    return Launcher.sequence(
        sumsOfParts,
        launcher
            .kernel(PROGRAM, "convolution_blocked_sum", launcher.vector())
            .tensor(workspace)
            .tensor(dweight)
            .integers(size, parts)
            .over(launcher.vectors(size)));
  }

  private int rows() {
    return c.n() * c.p();
  }

  private int rowsPerPart() {
    long most = Math.max(1, PARTS_LIMIT_BYTES / (c.weightShape().size() * Float.BYTES));
    int rows = Math.max(1, PIXELS_PER_PART / c.q());
    return (int) Math.max(rows, (rows() + most - 1) / most);
  }

  private int parts() {
    return divideUp(rows(), rowsPerPart());
  }

  /** A whole part where one pass over it is all. */
  private int rowsPerChunk() {
    if (slice <= channels && strip <= strip(1)) {
      return rowsPerPart();
    }
    int read = slice * c.strideH() * c.w() + strip * c.q();
    return Math.max(1, CHUNK_FLOATS / read);
  }

  private static int divideUp(int dividend, int divisor) {
    return (dividend - 1) / divisor + 1;
  }

  private static int roundUp(int count, int multiple) {
    return divideUp(count, multiple) * multiple;
  }

  private static int mostChannels(RegisterBlock block) {
    return block.vectors() == 1 ? CHANNELS_OF_ONE_VECTOR : CHANNELS;
  }

  private static String channelsOption(int count) {
    return "-DCHANNELS=" + count;
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    List<Variant> all = new ArrayList<>();
    for (int length : Launcher.VECTORS) {
      Variant bare = Variant.cpuVector(PROGRAM, length);
      all.add(bare);
      for (RegisterBlock block : RegisterBlock.all(length)) {
        for (int count = 1; count <= mostChannels(block); count++) {
          all.add(bare.with(block.vectorsOption(), channelsOption(count)));
        }
      }
    }
    return all;
  }
}
