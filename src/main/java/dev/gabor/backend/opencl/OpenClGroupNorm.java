package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.GroupNorm;
import dev.gabor.backend.GroupNormOps;
import dev.gabor.backend.Step;
import java.util.List;
import java.util.stream.Stream;

/**
 * Launches {@code kernels-cl/group_norm.cl}: one work-group for a slice of a sample's channels, and
 * for the parameters one for some vectors of channels. CPU drivers get {@link GroupNormImages} and
 * {@link LayerNormRows} where these fit.
 */
final class OpenClGroupNorm extends GroupNormOps {
  private static final String PROGRAM = "group_norm";
  private static final int MOST_ITEMS = 256;

  /** Vectors of channels of a group on a GPU that adds up samples: runs of 256 bytes. */
  private static final int GPU_PARAMETER_VECTORS = 16;

  /** Rows that a lane has at least, for the backward pass writes sums of each lane. */
  private static final int ROWS_WORTH_A_LANE = 2;

  /** At most so many loops of an item go over its vectors. */
  private static final int SWEEPS = 4;

  private final Launcher launcher;

  OpenClGroupNorm(Launcher launcher) {
    this.launcher = launcher;
  }

  /** Room for the sums of each channel by each lane of rows; one row is its own sum. */
  @Override
  public long workspaceBytes(GroupNorm problem) {
    LayerNormRows rows = new LayerNormRows(launcher, problem);
    if (rows.fit()) {
      return rows.workspaceBytes();
    }
    if (problem.area() == 1) {
      return 0;
    }
    if (new GroupNormImages(launcher, problem).fit()) {
      return 2L * problem.n() * problem.c() * Float.BYTES;
    }
    return 2L * problem.n() * slices(problem, MOST_ITEMS).lanes() * problem.c() * Float.BYTES;
  }

  @Override
  protected Step bindForward(
      GroupNorm problem,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor bias,
      DeviceTensor y,
      DeviceTensor saved) {
    LayerNormRows rows = new LayerNormRows(launcher, problem);
    if (rows.fit()) {
      return rows.forward(x, weight, bias, y, saved);
    }
    GroupNormImages images = new GroupNormImages(launcher, problem);
    if (images.fit()) {
      return images.forward(x, weight, bias, y, saved);
    }
    Launcher.Binding binding = kernel("group_norm_forward");
    Slices slices = slices(problem, most(binding));
    binding.tensor(x).tensor(weight).tensor(bias).tensor(y).tensor(saved);
    binding.local(sharedBytes(slices.items())).integers(flag(weight), flag(saved));
    return slices
        .bind(binding, problem)
        .floating(problem.epsilon())
        .overGroups(slices.workGroups(problem), slices.workItems());
  }

  @Override
  protected Step bindBackward(
      GroupNorm problem,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor dy,
      DeviceTensor saved,
      DeviceTensor dx,
      DeviceTensor dweight,
      DeviceTensor dbias,
      DeviceTensor workspace) {
    LayerNormRows rows = new LayerNormRows(launcher, problem);
    if (rows.fit()) {
      return rows.backward(x, weight, dy, saved, dx, dweight, dbias, workspace);
    }
    GroupNormImages images = new GroupNormImages(launcher, problem);
    if (images.fit()) {
      DeviceTensor sums = weight.isPresent() ? workspace : DeviceTensor.NONE;
      Step input = images.backward(x, weight, dy, saved, sums, dx);
      return weight.isPresent()
          ? Launcher.sequence(
              input, bindParameters(problem, sums, DeviceTensor.NONE, 1, saved, dweight, dbias))
          : input;
    }
    boolean oneRow = problem.area() == 1;
    if (oneRow && !dx.isPresent()) {
      return bindParameters(problem, dy, x, 1, saved, dweight, dbias);
    }
    Launcher.Binding binding = kernel("group_norm_backward");
    Slices slices = slices(problem, most(binding));
    DeviceTensor sums = weight.isPresent() && !oneRow ? workspace : DeviceTensor.NONE;
    binding.tensor(x).tensor(weight).tensor(dy).tensor(saved).tensor(sums).tensor(dx);
    binding.local(sharedBytes(slices.items())).integers(flag(weight), flag(sums), flag(dx));
    Step input =
        slices.bind(binding, problem).overGroups(slices.workGroups(problem), slices.workItems());
    if (!weight.isPresent()) {
      return input;
    }
    if (oneRow) {
      // The parameters first, because dx may be dy.
      return Launcher.sequence(bindParameters(problem, dy, x, 1, saved, dweight, dbias), input);
    }
    return Launcher.sequence(
        input,
        bindParameters(problem, sums, DeviceTensor.NONE, slices.lanes(), saved, dweight, dbias));
  }

  private Step bindParameters(
      GroupNorm problem,
      DeviceTensor sums,
      DeviceTensor x,
      int lanes,
      DeviceTensor saved,
      DeviceTensor dweight,
      DeviceTensor dbias) {
    Launcher.Binding binding = kernel("group_norm_parameters");
    int vectors = launcher.vectors(problem.c());
    int across = launcher.isCpu() ? 1 : Math.min(powerFor(vectors), GPU_PARAMETER_VECTORS);
    int items = items(across, problem.n() * lanes, problem.n() * lanes, most(binding));
    return binding
        .tensor(sums)
        .tensor(x)
        .tensor(saved)
        .tensor(dweight)
        .tensor(dbias)
        .local(2 * sharedBytes(items))
        .integers(flag(x), problem.n(), lanes, problem.c(), problem.groups(), across)
        .overGroups(new long[] {(vectors + across - 1) / across}, new long[] {items});
  }

  /**
   * How the channels of a sample are cut.
   *
   * @param groups of a slice: one, or as many as a vector holds
   * @param items of a work-group
   * @param across items side by side along the channels, the others along the rows
   */
  private record Slices(int groups, int items, int across) {
    /** The parts of the rows. */
    int lanes() {
      return items / across;
    }

    Launcher.Binding bind(Launcher.Binding binding, GroupNorm problem) {
      return binding.integers(problem.area(), problem.c(), problem.groups(), groups, across);
    }

    long[] workGroups(GroupNorm problem) {
      return new long[] {(problem.groups() + groups - 1) / groups, problem.n()};
    }

    long[] workItems() {
      return new long[] {items, 1};
    }
  }

  private Slices slices(GroupNorm problem, int most) {
    int vector = launcher.vectorLength();
    int groups = Math.max(1, Math.min(problem.groups(), vector / problem.groupChannels()));
    int vectors = launcher.vectors(groups * problem.groupChannels());
    int across = launcher.isCpu() ? 1 : Math.min(powerFor(vectors), most);
    int lanes = (problem.area() + ROWS_WORTH_A_LANE - 1) / ROWS_WORTH_A_LANE;
    int rounds = problem.area() * ((vectors - 1) / across + 1);
    return new Slices(groups, items(across, lanes, rounds, most), across);
  }

  /**
   * The items of a work-group: on a GPU as many as there is work for, on a CPU one, or as many as
   * it takes for the loops of each to end.
   *
   * @param across items side by side
   * @param lanes of such items that have use for
   * @param rounds loops of a single lane over its vectors
   * @param most items that there may be
   */
  private int items(int across, int lanes, int rounds, int most) {
    int items = launcher.isCpu() ? across : Math.min(most, across * powerFor(lanes));
    while (items < most
        && !launcher.loopsEnd((long) SWEEPS * launcher.vectorLength() * rounds * across / items)) {
      items *= 2;
    }
    return items;
  }

  private Launcher.Binding kernel(String name) {
    return launcher.kernel(PROGRAM, name, launcher.vector());
  }

  private static int most(Launcher.Binding binding) {
    return Integer.highestOneBit(Math.min(MOST_ITEMS, binding.kernel().maxWorkGroupSize()));
  }

  /** The least power of two that is not below. */
  private static int powerFor(int count) {
    return Math.max(1, Integer.highestOneBit(Math.min(count, MOST_ITEMS) * 2 - 1));
  }

  private long sharedBytes(int items) {
    return (long) items * launcher.vectorLength() * Float.BYTES;
  }

  private static int flag(DeviceTensor tensor) {
    return tensor.isPresent() ? 1 : 0;
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return Stream.of(Variant.vectors(PROGRAM), GroupNormImages.variants(), LayerNormRows.variants())
        .flatMap(List::stream)
        .toList();
  }
}
