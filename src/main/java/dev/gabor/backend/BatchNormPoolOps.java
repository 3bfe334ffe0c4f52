package dev.gabor.backend;

import dev.gabor.tensor.Shape;

/**
 * Batch normalisation by the statistics of the batch, ReLU and maximum pooling in one, forward and
 * backward; {@link BatchNormPool} has the sizes. Memory is walked through little more than half as
 * often as by {@link BatchNormOps} and {@link PoolOps}: what lies between them is neither written
 * nor read.
 *
 * <p>As y grows with x where gamma is above 0 and falls where it is below, the maximum of a window
 * is found in x: the pixel with the largest gamma x, the first of equal ones, NaN above all and the
 * last one kept.
 */
public abstract class BatchNormPoolOps {
  private static final String FORWARD = "batch-norm and pool forward";
  private static final String BACKWARD = "batch-norm and pool backward";

  /** The scratch bytes that {@link #forward} and {@link #backward} need. */
  public abstract long workspaceBytes(BatchNormPool problem);

  /** The bytes that {@link #forward} keeps for {@link #backward}: where each maximum was found. */
  public abstract long reserveBytes(BatchNormPool problem);

  /**
   * y = the maxima of relu(gamma (x − mean) / sqrt(variance + epsilon) + beta). Statistics as in
   * {@link BatchNormOps#forwardTrain}.
   *
   * @param x (N,C,H,W)
   * @param gamma (C)
   * @param beta (C)
   * @param runningMean (C), updated
   * @param runningVariance (C), updated
   * @param y (N,C,P,Q), overwritten
   * @param saved (2,C), overwritten: the mean and 1 / sqrt(variance + epsilon) of each channel
   * @param reserve at least {@link #reserveBytes}, overwritten
   * @param workspace at least {@link #workspaceBytes}
   * @throws IllegalArgumentException if a channel has one value only: its variance says nothing
   */
  public final Step forward(
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
    Require.image(FORWARD, "x", x, problem.inputShape());
    Require.image(FORWARD, "y", y, problem.outputShape());
    Require.that(
        problem.norm().rows() > 1,
        FORWARD,
        "expected more than 1 value per channel when training, got input " + x.shape());
    Shape channels = Shape.of(problem.norm().c());
    Require.shape(FORWARD, "running mean", runningMean, channels);
    Require.shape(FORWARD, "running variance", runningVariance, channels);
    checkKept(FORWARD, problem, gamma, beta, saved, reserve, workspace);
    return bindForward(
        problem, x, gamma, beta, runningMean, runningVariance, y, saved, reserve, workspace);
  }

  /**
   * The gradients of {@link #forward}: those of {@link BatchNormOps#backward}, with dy where a
   * maximum was found and 0 elsewhere in its place.
   *
   * @param x (N,C,H,W), as given to the forward pass
   * @param gamma (C)
   * @param beta (C), as in the forward pass
   * @param dy (N,C,P,Q)
   * @param saved (2,C), from the forward pass
   * @param reserve from the forward pass
   * @param dx (N,C,H,W), overwritten, or none where nobody wants it
   * @param dgamma (C), overwritten
   * @param dbeta (C), overwritten
   * @param workspace at least {@link #workspaceBytes}
   */
  public final Step backward(
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
    Require.image(BACKWARD, "x", x, problem.inputShape());
    Require.image(BACKWARD, "dy", dy, problem.outputShape());
    if (dx.isPresent()) {
      Require.image(BACKWARD, "dx", dx, problem.inputShape());
    }
    Shape channels = Shape.of(problem.norm().c());
    Require.shape(BACKWARD, "dgamma", dgamma, channels);
    Require.shape(BACKWARD, "dbeta", dbeta, channels);
    checkKept(BACKWARD, problem, gamma, beta, saved, reserve, workspace);
    return bindBackward(problem, x, gamma, beta, dy, saved, reserve, dx, dgamma, dbeta, workspace);
  }

  private void checkKept(
      String operation,
      BatchNormPool problem,
      DeviceTensor gamma,
      DeviceTensor beta,
      DeviceTensor saved,
      DeviceTensor reserve,
      DeviceTensor workspace) {
    Shape channels = Shape.of(problem.norm().c());
    Require.shape(operation, "gamma", gamma, channels);
    Require.shape(operation, "beta", beta, channels);
    Require.shape(operation, "saved", saved, Shape.of(2, problem.norm().c()));
    Require.present(operation, "reserve", reserve);
    Require.workspace(operation, reserve, reserveBytes(problem));
    Require.workspace(operation, workspace, workspaceBytes(problem));
  }

  /** Binds the forward pass. */
  protected abstract Step bindForward(
      BatchNormPool problem,
      DeviceTensor x,
      DeviceTensor gamma,
      DeviceTensor beta,
      DeviceTensor runningMean,
      DeviceTensor runningVariance,
      DeviceTensor y,
      DeviceTensor saved,
      DeviceTensor reserve,
      DeviceTensor workspace);

  /** Binds the gradients. */
  protected abstract Step bindBackward(
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
      DeviceTensor workspace);
}
