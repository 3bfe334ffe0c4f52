package dev.gabor.backend.opencl;

import dev.gabor.backend.BatchNorm;
import dev.gabor.backend.BatchNormOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.List;
import java.util.stream.Stream;

/**
 * Launches {@code kernels-cl/batch_norm.cl} and {@code batch_norm_backward.cl}: partial results of
 * lanes of rows, their merger, and the pass over all elements; or all of it at once, where the
 * matrix is small.
 */
final class OpenClBatchNorm extends BatchNormOps {
  static final String PROGRAM = "batch_norm";
  static final String BACKWARD = "batch_norm_backward";

  /** Channels and work-items a channel of a finishing group on a GPU. */
  private static final long[] GPU_FINISH = {8, 32};

  private static final long[] CPU_FINISH = {1, 1};

  private final Launcher launcher;
  private final boolean cpu;
  private final BatchNormAtOnce atOnce;

  OpenClBatchNorm(Launcher launcher) {
    this(launcher, launcher.isCpu());
  }

  /** With the work sizes of a CPU or of a GPU, whatever the device is: both are right on both. */
  OpenClBatchNorm(Launcher launcher, boolean cpu) {
    this(launcher, cpu, new BatchNormAtOnce(launcher, cpu));
  }

  /** The same, with an idea of what is done at once. */
  OpenClBatchNorm(Launcher launcher, boolean cpu, BatchNormAtOnce atOnce) {
    this.launcher = launcher;
    this.cpu = cpu;
    this.atOnce = atOnce;
  }

  @Override
  public long workspaceBytes(BatchNorm problem) {
    RowLanes sums = sumLanes(problem);
    return 2L * sums.lanes() * sums.columns() * Float.BYTES;
  }

  @Override
  protected Step bindForwardTrain(
      BatchNorm problem,
      DeviceTensor x,
      DeviceTensor z,
      DeviceTensor gamma,
      DeviceTensor beta,
      DeviceTensor runningMean,
      DeviceTensor runningVariance,
      DeviceTensor y,
      DeviceTensor saved,
      DeviceTensor workspace) {
    if (atOnce.takes(problem)) {
      return atOnce.train(problem, x, z, gamma, beta, runningMean, runningVariance, y, saved);
    }
    RowLanes elements = elementLanes(problem);
    Step normalise =
        rows(
            launcher
                .kernel(PROGRAM, "batch_norm_train", elements.option())
                .tensor(x)
                .tensor(z)
                .tensor(gamma)
                .tensor(beta)
                .tensor(saved)
                .tensor(y)
                .integers(flag(problem.residual()), flag(problem.relu()), stream(y)),
            problem,
            elements);
    return Launcher.sequence(
        statistics(problem, x, runningMean, runningVariance, saved, workspace), normalise);
  }

  /** Takes the statistics of x, saves them, and moves the running ones. */
  Step statistics(
      BatchNorm problem,
      DeviceTensor x,
      DeviceTensor runningMean,
      DeviceTensor runningVariance,
      DeviceTensor saved,
      DeviceTensor workspace) {
    if (atOnce.takes(problem)) {
      DeviceTensor none = DeviceTensor.NONE;
      return atOnce.train(problem, x, none, none, none, runningMean, runningVariance, none, saved);
    }
    RowLanes sums = sumLanes(problem);
    Step parts =
        rows(
            launcher
                .kernel(PROGRAM, "batch_norm_statistics", sums.option())
                .tensor(x)
                .tensor(workspace),
            problem,
            sums);
    long[] local = finishGroup();
    Step finish =
        deal(
                launcher
                    .kernel(PROGRAM, "batch_norm_finish_statistics", sums.option())
                    .tensor(workspace)
                    .tensor(saved)
                    .tensor(runningMean)
                    .tensor(runningVariance)
                    .local(3 * local[0] * local[1] * Float.BYTES),
                problem,
                sums)
            .floating(problem.epsilon())
            .floating(problem.momentum())
            .overGroups(finishGroups(problem, local), local);
    return Launcher.sequence(parts, finish);
  }

  @Override
  protected Step bindForwardInfer(
      BatchNorm problem,
      DeviceTensor x,
      DeviceTensor z,
      DeviceTensor gamma,
      DeviceTensor beta,
      DeviceTensor runningMean,
      DeviceTensor runningVariance,
      DeviceTensor y) {
    RowLanes elements = elementLanes(problem);
    return rows(
        launcher
            .kernel(PROGRAM, "batch_norm_infer", elements.option())
            .tensor(x)
            .tensor(z)
            .tensor(gamma)
            .tensor(beta)
            .tensor(runningMean)
            .tensor(runningVariance)
            .tensor(y)
            .floating(problem.epsilon())
            .integers(flag(problem.residual()), flag(problem.relu()), stream(y)),
        problem,
        elements);
  }

  @Override
  protected Step bindBackward(
      BatchNorm problem,
      DeviceTensor x,
      DeviceTensor y,
      DeviceTensor gamma,
      DeviceTensor beta,
      DeviceTensor dy,
      DeviceTensor saved,
      DeviceTensor dx,
      DeviceTensor dz,
      DeviceTensor dgamma,
      DeviceTensor dbeta,
      DeviceTensor workspace) {
    if (atOnce.takes(problem)) {
      return atOnce.backward(problem, x, y, gamma, beta, dy, saved, dx, dz, dgamma, dbeta);
    }
    RowLanes sums = sumLanes(problem);
    Step sum =
        rows(
            launcher
                .kernel(BACKWARD, "batch_norm_sums", sums.option())
                .tensor(x)
                .tensor(y)
                .tensor(gamma)
                .tensor(beta)
                .tensor(dy)
                .tensor(saved)
                .tensor(workspace)
                .integers(mask(problem)),
            problem,
            sums);
    Step finish = finishSums(problem, sums, workspace, saved, dgamma, dbeta);
    if (!dx.isPresent() && !dz.isPresent()) {
      return Launcher.sequence(sum, finish);
    }
    RowLanes elements = elementLanes(problem);
    Step gradient =
        rows(
            launcher
                .kernel(BACKWARD, "batch_norm_backward", elements.option())
                .tensor(x)
                .tensor(y)
                .tensor(gamma)
                .tensor(beta)
                .tensor(dy)
                .tensor(saved)
                .tensor(dgamma)
                .tensor(dbeta)
                .tensor(dx)
                .tensor(dz)
                .integers(flag(dx.isPresent()), flag(dz.isPresent()), mask(problem))
                .integers(stream(dy)),
            problem,
            elements);
    return Launcher.sequence(sum, finish, gradient);
  }

  /** Makes dgamma and dbeta of the sums that lanes have left in the workspace. */
  Step finishSums(
      BatchNorm problem,
      RowLanes sums,
      DeviceTensor workspace,
      DeviceTensor saved,
      DeviceTensor dgamma,
      DeviceTensor dbeta) {
    long[] local = finishGroup();
    return launcher
        .kernel(BACKWARD, "batch_norm_finish_sums", sums.option())
        .tensor(workspace)
        .tensor(saved)
        .tensor(dgamma)
        .tensor(dbeta)
        .local(2 * local[0] * local[1] * Float.BYTES)
        .integers(problem.c(), sums.lanes() * (sums.columns() / problem.c()))
        .overGroups(finishGroups(problem, local), local);
  }

  private static Step rows(Launcher.Binding binding, BatchNorm problem, RowLanes lanes) {
    return deal(binding, problem, lanes).overGroups(lanes.groups(), lanes.local());
  }

  /** The arguments that tell a kernel its matrix and who has which rows. */
  static Launcher.Binding deal(Launcher.Binding binding, BatchNorm problem, RowLanes lanes) {
    return binding.integers(
        lanes.rows(),
        lanes.columns(),
        problem.c(),
        lanes.lanes(),
        lanes.laneStride(),
        lanes.rowStep(),
        lanes.rowsPerLane());
  }

  private RowLanes sumLanes(BatchNorm problem) {
    return cpu
        ? RowLanes.consecutive(computeUnits(), problem.rows(), problem.c())
        : RowLanes.interleavedSums(problem.rows(), problem.c());
  }

  private RowLanes elementLanes(BatchNorm problem) {
    return cpu
        ? RowLanes.consecutive(computeUnits(), problem.rows(), problem.c())
        : RowLanes.interleavedElements(problem.rows(), problem.c());
  }

  private long[] finishGroup() {
    return cpu ? CPU_FINISH : GPU_FINISH;
  }

  private static long[] finishGroups(BatchNorm problem, long[] local) {
    return new long[] {(problem.c() + local[0] - 1) / local[0], 1};
  }

  private int computeUnits() {
    return launcher.context().device().computeUnits();
  }

  private int stream(DeviceTensor result) {
    return cpu ? launcher.stream(result.shape(), RowLanes.CPU_VECTOR) : 0;
  }

  /** What the ReLU's mask is taken from, as in the kernel file. */
  static int mask(BatchNorm problem) {
    return problem.masksByResult() ? 2 : flag(problem.relu());
  }

  private static int flag(boolean on) {
    return on ? 1 : 0;
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return Stream.of(PROGRAM, BACKWARD)
        .flatMap(program -> Variant.vectors(program).stream())
        .toList();
  }
}
