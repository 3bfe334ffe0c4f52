package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.GroupNorm;
import java.util.List;

/**
 * Launches {@code kernels-cl/group_norm_images*.cl} on CPU drivers: forward one work-item for the
 * images of a processor, backward one for each image, or for slices of their channels where there
 * are fewer images than processors.
 */
final class GroupNormImages {
  private static final String FORWARD = "group_norm_images";
  private static final String BACKWARD = "group_norm_images_backward";
  private static final int VECTOR = RowLanes.CPU_VECTOR;

  /** Channels of a slice, for which 6 numbers each are kept in 32 KB of local memory. */
  private static final int MOST_CHANNELS = 1024;

  /** Elements of some rows that a near cache has room for. */
  private static final int CHUNK_ELEMENTS = 1 << 16;

  /** Rows that are summed at a time. */
  private static final int TILE = 8;

  private static final int FORWARD_NUMBERS = 5;
  private static final int BACKWARD_NUMBERS = 6;

  /** Loops of an item over a vector in both of its visits, at most. */
  private static final int LOOPS = 4;

  private final Launcher launcher;
  private final GroupNorm problem;
  private final int sliceChannels;
  private final int turn;

  GroupNormImages(Launcher launcher, GroupNorm problem) {
    this.launcher = launcher;
    this.problem = problem;
    int units = launcher.context().device().computeUnits();
    this.sliceChannels = sliceChannels(problem, units);
    int most = ceil(problem.n(), units);
    while (most > 1 && !launcher.loopsEnd(loops(most))) {
      most = ceil(most, 2);
    }
    this.turn = most;
  }

  /** Whether these kernels can do the problem on the device. */
  boolean fit() {
    return launcher.isCpu()
        && problem.area() > 1
        && sliceChannels <= MOST_CHANNELS
        && launcher.loopsEnd(loops(turn));
  }

  /** Whole groups and, where there are several slices, whole vectors; each row's runs are long. */
  private static int sliceChannels(GroupNorm problem, int units) {
    int step = problem.groupChannels();
    while (step % VECTOR != 0 && step < problem.c()) {
      step += problem.groupChannels();
    }
    int wanted = Math.min(MOST_CHANNELS, problem.c() / ceil(units, problem.n()));
    return Math.min(problem.c(), step * Math.max(1, wanted / step));
  }

  private long loops(int images) {
    int vectors = ceil(sliceChannels, VECTOR);
    int eachVector = sliceChannels % VECTOR == 0 ? LOOPS : LOOPS + 2 * VECTOR;
    return (images + 1L) * problem.area() * vectors * eachVector
        + (images + 1L) * BACKWARD_NUMBERS * sliceChannels;
  }

  Launch forward(
      DeviceTensor x, DeviceTensor weight, DeviceTensor bias, DeviceTensor y, DeviceTensor saved) {
    Launcher.Binding binding = kernel(FORWARD, "group_norm_images_forward");
    binding.tensor(x).tensor(weight).tensor(bias).tensor(y).tensor(saved);
    binding.local(numbersBytes(FORWARD_NUMBERS)).integers(flag(weight), flag(saved));
    binding.integers(launcher.stream(y.shape(), VECTOR), problem.n(), turn);
    return launch(sizes(binding).floating(problem.epsilon()), turn);
  }

  /**
   * The gradient of the input, and the sums of each image and channel.
   *
   * @param sums (2,N,C), or none where no parameter wants a gradient
   */
  Launch backward(
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor dy,
      DeviceTensor saved,
      DeviceTensor sums,
      DeviceTensor dx) {
    Launcher.Binding binding = kernel(BACKWARD, "group_norm_images_backward");
    binding.tensor(x).tensor(weight).tensor(dy).tensor(saved).tensor(sums).tensor(dx);
    binding.local(numbersBytes(BACKWARD_NUMBERS)).integers(flag(weight), flag(sums), flag(dx));
    return launch(sizes(binding.integers(launcher.stream(dy.shape(), VECTOR))), 1);
  }

  private Launcher.Binding sizes(Launcher.Binding binding) {
    int chunk = Math.max(1, CHUNK_ELEMENTS / sliceChannels / TILE) * TILE;
    return binding.integers(problem.area(), problem.c(), problem.groups(), sliceChannels, chunk);
  }

  private Launch launch(Launcher.Binding binding, int images) {
    return binding.overGroups(
        new long[] {ceil(problem.c(), sliceChannels), ceil(problem.n(), images)},
        new long[] {1, 1});
  }

  private Launcher.Binding kernel(String program, String name) {
    return launcher.kernel(program, name, Launcher.vector(VECTOR));
  }

  private long numbersBytes(int numbers) {
    return (long) numbers * ceil(sliceChannels, VECTOR) * VECTOR * Float.BYTES;
  }

  private static int flag(DeviceTensor tensor) {
    return tensor.isPresent() ? 1 : 0;
  }

  private static int ceil(int count, int part) {
    return (count - 1) / part + 1;
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return List.of(
        Variant.cpu(FORWARD, Launcher.vector(VECTOR)),
        Variant.cpu(BACKWARD, Launcher.vector(VECTOR)));
  }
}
