package dev.gabor.backend.opencl;

import dev.gabor.backend.BatchNorm;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;

/**
 * Batch normalisation of small matrices in one launch a pass, where {@link OpenClBatchNorm} needs
 * three: on a CPU a work-item does all rows of a vector of channels.
 */
final class BatchNormAtOnce {
  /** The channels of a vector in so many rows are a 16th of an L2 of 1 MiB. */
  private static final int MOST_ROWS = 1024;

  private final Launcher launcher;
  private final int mostRows;

  /** With the work sizes of a CPU or of a GPU, which does nothing at once. */
  BatchNormAtOnce(Launcher launcher, boolean cpu) {
    this(launcher, cpu ? MOST_ROWS : 0);
  }

  /** With the most rows that a work-item does: right with any. */
  BatchNormAtOnce(Launcher launcher, int mostRows) {
    this.launcher = launcher;
    this.mostRows = mostRows;
  }

  /**
   * Whether rows are few enough: there is a work-item for each core, too, or so little to do that
   * one core does it.
   */
  boolean takes(BatchNorm problem) {
    if (problem.rows() > mostRows) {
      return false;
    }
    long bytes = 2L * problem.rows() * problem.c() * Float.BYTES;
    return launcher.staysWhole(bytes)
        || items(problem) >= launcher.context().device().computeUnits();
  }

  /** All of the forward pass, or the statistics alone where there is no y. */
  Step train(
      BatchNorm problem,
      DeviceTensor x,
      DeviceTensor z,
      DeviceTensor gamma,
      DeviceTensor beta,
      DeviceTensor runningMean,
      DeviceTensor runningVariance,
      DeviceTensor y,
      DeviceTensor saved) {
    return launcher
        .kernel(OpenClBatchNorm.PROGRAM, "batch_norm_train_at_once", option())
        .tensor(x)
        .tensor(z)
        .tensor(gamma)
        .tensor(beta)
        .tensor(saved)
        .tensor(runningMean)
        .tensor(runningVariance)
        .tensor(y)
        .floating(problem.epsilon())
        .floating(problem.momentum())
        .integers(flag(y.isPresent()), flag(problem.residual()), flag(problem.relu()), stream(y))
        .integers(problem.rows(), problem.c())
        .overGroups(groups(problem), new long[] {1});
  }

  /** All of the backward pass; dx and dz where they are present. */
  Step backward(
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
      DeviceTensor dbeta) {
    return launcher
        .kernel(OpenClBatchNorm.BACKWARD, "batch_norm_backward_at_once", option())
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
        .integers(flag(dx.isPresent()), flag(dz.isPresent()), OpenClBatchNorm.mask(problem))
        .integers(stream(dy))
        .integers(problem.rows(), problem.c())
        .overGroups(groups(problem), new long[] {1});
  }

  /** Work-groups of one item along the channels. */
  static long[] groups(BatchNorm problem) {
    return new long[] {items(problem)};
  }

  private static int items(BatchNorm problem) {
    return (problem.c() + RowLanes.CPU_VECTOR - 1) / RowLanes.CPU_VECTOR;
  }

  private static String option() {
    return Launcher.vector(RowLanes.CPU_VECTOR);
  }

  private int stream(DeviceTensor result) {
    return result.isPresent() ? launcher.stream(result.shape(), RowLanes.CPU_VECTOR) : 0;
  }

  private static int flag(boolean on) {
    return on ? 1 : 0;
  }
}
