package dev.gabor.backend.opencl;

import dev.gabor.backend.BatchNormPool;
import dev.gabor.backend.BatchNormPoolOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Pool;
import dev.gabor.backend.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Launches {@code kernels-cl/batch_norm_pool.cl} between what batch normalisation does before and
 * after it: the statistics, and the end of the sums. A row of the matrix is a window.
 */
final class OpenClBatchNormPool extends BatchNormPoolOps {
  private static final String PROGRAM = "batch_norm_pool";

  /** How many vectors a CPU may do at a time: as many as divide the channels. */
  private static final int[] CPU_VECTORS = {4, 2, 1};

  private final Launcher launcher;
  private final OpenClBatchNorm norms;
  private final boolean cpu;
  private final BatchNormAtOnce atOnce;

  OpenClBatchNormPool(Launcher launcher) {
    this(launcher, launcher.isCpu());
  }

  /** With the work sizes of a CPU or of a GPU, whatever the device is: both are right on both. */
  OpenClBatchNormPool(Launcher launcher, boolean cpu) {
    this(launcher, cpu, new BatchNormAtOnce(launcher, cpu));
  }

  /** The same, with an idea of what is done at once. */
  OpenClBatchNormPool(Launcher launcher, boolean cpu, BatchNormAtOnce atOnce) {
    this.launcher = launcher;
    this.cpu = cpu;
    this.atOnce = atOnce;
    this.norms = new OpenClBatchNorm(launcher, cpu, atOnce);
  }

  @Override
  public long workspaceBytes(BatchNormPool problem) {
    RowLanes sums = sumLanes(problem);
    long sumBytes = 2L * sums.lanes() * sums.columns() * Float.BYTES;
    return Math.max(norms.workspaceBytes(problem.norm()), sumBytes);
  }

  /** One byte for each output. */
  @Override
  public long reserveBytes(BatchNormPool problem) {
    return problem.outputShape().size();
  }

  @Override
  protected Step bindForward(
      BatchNormPool problem,
      DeviceTensor x,
      DeviceTensor gamma,
      DeviceTensor beta,
      DeviceTensor runningMean,
      DeviceTensor runningVariance,
      DeviceTensor y,
      DeviceTensor saved,
      DeviceTensor reserve,
      DeviceTensor workspace) {
    Step statistics =
        norms.statistics(problem.norm(), x, runningMean, runningVariance, saved, workspace);
    Launcher.Binding maxima =
        kernel("forward", problem)
            .tensor(x)
            .tensor(gamma)
            .tensor(beta)
            .tensor(saved)
            .tensor(y)
            .tensor(reserve)
            .integers(stream(y));
    return Launcher.sequence(statistics, overWindows(maxima, problem, elementLanes(problem)));
  }

  @Override
  protected Step bindBackward(
      BatchNormPool problem,
      DeviceTensor x,
      DeviceTensor gamma,
      DeviceTensor beta,
      DeviceTensor dy,
      DeviceTensor saved,
      DeviceTensor reserve,
      DeviceTensor dx,
      DeviceTensor dgamma,
      DeviceTensor dbeta,
      DeviceTensor workspace) {
    if (atOnce.takes(problem.norm())) {
      Launcher.Binding all =
          kernel("backward_at_once", problem)
              .tensor(x)
              .tensor(gamma)
              .tensor(beta)
              .tensor(dy)
              .tensor(saved)
              .tensor(reserve)
              .tensor(dgamma)
              .tensor(dbeta)
              .tensor(dx)
              .integers(dx.isPresent() ? 1 : 0, problem.norm().rows())
              .integers(dx.isPresent() ? stream(dx) : 0);
      return sizes(all, problem)
          .integers(windows(problem), problem.norm().c())
          .overGroups(BatchNormAtOnce.groups(problem.norm()), new long[] {1});
    }
    RowLanes lanes = sumLanes(problem);
    Launcher.Binding sums =
        kernel("sums", problem)
            .tensor(x)
            .tensor(gamma)
            .tensor(beta)
            .tensor(dy)
            .tensor(saved)
            .tensor(reserve)
            .tensor(workspace);
    Step sum = overWindows(sums, problem, lanes);
    Step finish = norms.finishSums(problem.norm(), lanes, workspace, saved, dgamma, dbeta);
    if (!dx.isPresent()) {
      return Launcher.sequence(sum, finish);
    }
    Launcher.Binding gradient =
        kernel("backward", problem)
            .tensor(x)
            .tensor(gamma)
            .tensor(beta)
            .tensor(dy)
            .tensor(saved)
            .tensor(reserve)
            .tensor(dgamma)
            .tensor(dbeta)
            .tensor(dx)
            .integers(problem.norm().rows(), stream(dx));
    return Launcher.sequence(sum, finish, overWindows(gradient, problem, elementLanes(problem)));
  }

  private Launcher.Binding kernel(String pass, BatchNormPool problem) {
    String kernel = PROGRAM + "_" + pass;
    if (!cpu) {
      return launcher.kernel(PROGRAM, kernel, Launcher.vector(Launcher.GPU_VECTOR), vectors(1));
    }
    int together = 0;
    while (problem.norm().c() % (CPU_VECTORS[together] * RowLanes.CPU_VECTOR) != 0
        && CPU_VECTORS[together] > 1) {
      together++;
    }
    return launcher.kernel(
        PROGRAM, kernel, Launcher.vector(RowLanes.CPU_VECTOR), vectors(CPU_VECTORS[together]));
  }

  private static Step overWindows(Launcher.Binding binding, BatchNormPool problem, RowLanes lanes) {
    return OpenClBatchNorm.deal(sizes(binding, problem), problem.norm(), lanes)
        .overGroups(lanes.groups(), lanes.local());
  }

  private static Launcher.Binding sizes(Launcher.Binding binding, BatchNormPool problem) {
    Pool pool = problem.pool();
    return binding
        .integers(pool.h(), pool.w(), pool.p(), pool.q())
        .integers(pool.window().height(), pool.window().width());
  }

  private RowLanes sumLanes(BatchNormPool problem) {
    return cpu ? cpuLanes(problem) : RowLanes.interleavedSums(windows(problem), problem.norm().c());
  }

  private RowLanes elementLanes(BatchNormPool problem) {
    return cpu
        ? cpuLanes(problem)
        : RowLanes.interleavedElements(windows(problem), problem.norm().c());
  }

  private RowLanes cpuLanes(BatchNormPool problem) {
    int units = launcher.context().device().computeUnits();
    int pixels = problem.window().height() * problem.window().width();
    return RowLanes.consecutiveWindows(units, windows(problem), problem.norm().c(), pixels);
  }

  private static int windows(BatchNormPool problem) {
    Pool pool = problem.pool();
    return pool.n() * pool.p() * pool.q();
  }

  private int stream(DeviceTensor result) {
    return cpu ? launcher.stream(result.shape(), RowLanes.CPU_VECTOR) : 0;
  }

  private static String vectors(int count) {
    return "-DVECTORS=" + count;
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    List<Variant> all = new ArrayList<>();
    all.add(Variant.any(PROGRAM, Launcher.vector(Launcher.GPU_VECTOR), vectors(1)));
    for (int count : CPU_VECTORS) {
      all.add(Variant.cpu(PROGRAM, Launcher.vector(RowLanes.CPU_VECTOR), vectors(count)));
    }
    return all;
  }
}
