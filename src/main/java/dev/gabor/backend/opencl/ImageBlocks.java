package dev.gabor.backend.opencl;

import dev.gabor.opencl.Device;
import java.util.List;

/**
 * How kernels over (channels, columns, rows) cut their work, as {@code kernels-cl/channels.clh}
 * says. On a CPU a work-item is a whole row, one a group, so that its loops run along memory; on a
 * GPU it is one vector of channels of one pixel, neighbours in a group.
 */
final class ImageBlocks {
  /** Fewer rows than this cannot keep a large CPU busy: channels are cut too. */
  private static final int CPU_ROWS = 64;

  private static final int CPU_CHANNELS = 64;

  /** Channels of the longest vector on a CPU. */
  static final int CPU_VECTOR = 16;

  /**
   * Loop iterations of a work-item. Mesa's llvmpipe leaves all loops of an item, in silence, after
   * 65535 of them together; for other CPUs it is many enough not to matter.
   */
  private static final int CPU_ITERATIONS = 1 << 14;

  private static final int GPU_GROUP = 256;
  private static final int GPU_GROUP_CHANNELS = 64;

  /** More groups along the last dimension are refused by some GPUs; kernels loop over the rest. */
  private static final int MAX_GROUPS = 65535;

  private final int vector;
  private final int channelBlock;
  private final int columnBlock;
  private final long[] groups;
  private final long[] local;

  private ImageBlocks(int vector, int channelBlock, int columnBlock, long[] groups, long[] local) {
    this.vector = vector;
    this.channelBlock = channelBlock;
    this.columnBlock = columnBlock;
    this.groups = groups;
    this.local = local;
  }

  /**
   * The cut for a tensor to be written.
   *
   * @param vectors of channels that the kernel does at a time on a CPU, where all fit; 0 if it
   *     works on single floats
   * @param iterations about how many loop iterations one vector of one pixel takes
   */
  static ImageBlocks of(
      Launcher launcher, int vectors, int channels, int columns, long rows, int iterations) {
    return launcher.isCpu()
        ? forCpu(vectors, channels, columns, rows, iterations)
        : forGpu(launcher.context().device(), vectors > 0, channels, columns, rows);
  }

  /** The build option for the vector. */
  String option() {
    return Launcher.vector(vector);
  }

  /** Whether its vectors are the long ones of CPU drivers. */
  boolean isOfWideVectors() {
    return vector == CPU_VECTOR;
  }

  /** Columns of a work-item. */
  int columnBlock() {
    return columnBlock;
  }

  /** Channels of a work-item. */
  int channelBlock() {
    return channelBlock;
  }

  /** The step of a kernel with all its arguments. */
  Launch launch(Launcher.Binding binding) {
    return binding.overGroups(groups, local);
  }

  private static ImageBlocks forCpu(
      int vectors, int channels, int columns, long rows, int iterations) {
    int vector =
        vectors == 0 ? 1 : channels % CPU_VECTOR == 0 ? CPU_VECTOR : channels % 4 == 0 ? 4 : 1;
    int together = channels % (CPU_VECTOR * Math.max(1, vectors)) == 0 ? Math.max(1, vectors) : 1;
    int widest = rows < CPU_ROWS ? Math.min(channels, CPU_CHANNELS) : channels;
    int affordable = Math.max(1, CPU_ITERATIONS / iterations);
    int vectorBlock = Math.min(widest / vector, affordable * together);
    int columnBlock = Math.min(columns, Math.max(1, affordable * together / vectorBlock));
    return new ImageBlocks(
        vector,
        vectorBlock * vector,
        columnBlock,
        new long[] {
          blocks(channels / vector, vectorBlock),
          blocks(columns, columnBlock),
          Math.min(rows, MAX_GROUPS)
        },
        new long[] {1, 1, 1});
  }

  private static ImageBlocks forGpu(
      Device device, boolean vectors, int channels, int columns, long rows) {
    int vector = vectors && channels % 4 == 0 ? 4 : 1;
    int items = Math.min(GPU_GROUP, Integer.highestOneBit(device.maxWorkGroupSize()));
    int across = Math.min(powerOfTwo(channels / vector), Math.min(items, GPU_GROUP_CHANNELS));
    int along = Math.min(powerOfTwo(columns), items / across);
    return new ImageBlocks(
        vector,
        vector,
        1,
        new long[] {
          blocks(channels / vector, across), blocks(columns, along), Math.min(rows, MAX_GROUPS)
        },
        new long[] {across, along, 1});
  }

  private static int powerOfTwo(int atLeast) {
    return atLeast == 1 ? 1 : Integer.highestOneBit(atLeast - 1) * 2;
  }

  private static int blocks(int size, int block) {
    return (size - 1) / block + 1;
  }

  /** The builds of a kernel that takes {@link #option()}. */
  static List<Variant> variants(String program) {
    return List.of(
        Variant.any(program, Launcher.vector(1)),
        Variant.any(program, Launcher.vector(4)),
        wideVariant(program));
  }

  /** The one for the long vectors of CPU drivers. */
  static Variant wideVariant(String program) {
    return Variant.cpu(program, Launcher.vector(CPU_VECTOR));
  }
}
