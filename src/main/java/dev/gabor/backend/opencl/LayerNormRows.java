package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.GroupNorm;
import dev.gabor.backend.Step;
import java.util.List;

/**
 * Launches {@code kernels-cl/layer_norm.cl} on CPU drivers: one work-item for a block of rows,
 * whose gradients of the weights it adds up by itself.
 */
final class LayerNormRows {
  private static final String PROGRAM = "layer_norm";
  private static final int VECTOR = RowLanes.CPU_VECTOR;

  /** Blocks of rows for a processor at least, where there are so many rows. */
  private static final int BLOCKS_PER_UNIT = 4;

  /** Rows of a block, of which each leaves two rows of sums. */
  private static final int FEWEST_ROWS = 8;

  private static final int MOST_ROWS = 128;

  /** Arrays of a row that are kept in local memory, the backward pass having the most. */
  private static final int FORWARD_CHANNELS = 2;

  private static final int BACKWARD_CHANNELS = 3;

  /** Loops of an item over a vector of a row, and over the ends of rows and the weights. */
  private static final int SWEEPS = 3;

  private static final int SINGLE_SWEEPS = 6;

  private final Launcher launcher;
  private final GroupNorm problem;
  private final int turn;

  LayerNormRows(Launcher launcher, GroupNorm problem) {
    this.launcher = launcher;
    this.problem = problem;
    int blocks = BLOCKS_PER_UNIT * launcher.context().device().computeUnits();
    int rows = Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, ceil(problem.n(), blocks)));
    while (rows > 1 && !launcher.loopsEnd(loops(rows))) {
      rows = ceil(rows, 2);
    }
    this.turn = Math.min(rows, problem.n());
  }

  /** Whether these kernels can do the problem on the device. */
  boolean fit() {
    return launcher.isCpu()
        && problem.area() == 1
        && problem.groups() == 1
        && keptBytes(2) + channelsBytes(BACKWARD_CHANNELS)
            <= launcher.context().device().localMemoryBytes()
        && launcher.loopsEnd(loops(turn));
  }

  private long loops(int rows) {
    return (long) rows * (SWEEPS * (vectors() + 1L) + SINGLE_SWEEPS * VECTOR)
        + (long) SINGLE_SWEEPS * problem.c();
  }

  /** Room for the sums of each block of rows. */
  long workspaceBytes() {
    return 2L * blocks() * problem.c() * Float.BYTES;
  }

  Launch forward(
      DeviceTensor x, DeviceTensor weight, DeviceTensor bias, DeviceTensor y, DeviceTensor saved) {
    Launcher.Binding binding = kernel("layer_norm_forward");
    binding.tensor(x).tensor(weight).tensor(bias).tensor(y).tensor(saved);
    binding.local(keptBytes(1)).local(channelsBytes(FORWARD_CHANNELS));
    binding.integers(flag(weight), flag(saved), launcher.streamByMany(y.shape()));
    return launch(sizes(binding).floating(problem.epsilon()));
  }

  Step backward(
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor dy,
      DeviceTensor saved,
      DeviceTensor dx,
      DeviceTensor dweight,
      DeviceTensor dbias,
      DeviceTensor workspace) {
    DeviceTensor partial = weight.isPresent() ? workspace : DeviceTensor.NONE;
    Launcher.Binding binding = kernel("layer_norm_backward");
    binding.tensor(x).tensor(weight).tensor(dy).tensor(saved).tensor(partial).tensor(dx);
    binding.local(keptBytes(2)).local(channelsBytes(BACKWARD_CHANNELS));
    binding.integers(flag(weight), flag(dx), launcher.stream(dy.shape()));
    Launch input = launch(sizes(binding));
    if (!weight.isPresent()) {
      return input;
    }
    Launcher.Binding sums = kernel("layer_norm_parameters");
    sums.tensor(partial).tensor(dweight).tensor(dbias).integers(blocks(), problem.c());
    return Launcher.sequence(input, sums.over(vectors()));
  }

  private Launcher.Binding sizes(Launcher.Binding binding) {
    return binding.integers(problem.n(), turn, problem.c());
  }

  private Launch launch(Launcher.Binding binding) {
    return binding.overGroups(new long[] {blocks()}, new long[] {1});
  }

  private Launcher.Binding kernel(String name) {
    return launcher.kernel(PROGRAM, name, Launcher.vector(VECTOR));
  }

  /** A row may lie across one vector more than it fills. */
  private long keptBytes(int rows) {
    return rows * (vectors() + 1L) * VECTOR * Float.BYTES;
  }

  private long channelsBytes(int arrays) {
    return arrays * (problem.c() + 2L * VECTOR) * Float.BYTES;
  }

  private int blocks() {
    return ceil(problem.n(), turn);
  }

  private int vectors() {
    return ceil(problem.c(), VECTOR);
  }

  private static int flag(DeviceTensor tensor) {
    return tensor.isPresent() ? 1 : 0;
  }

  private static int ceil(int count, int part) {
    return (count - 1) / part + 1;
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return List.of(Variant.cpu(PROGRAM, Launcher.vector(VECTOR)));
  }
}
