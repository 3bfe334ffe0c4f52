package dev.gabor.backend;

import dev.gabor.tensor.Shape;

/**
 * Batch normalisation over images (N,C,H,W) or features (N,C); {@link BatchNorm} has the formula.
 * The variance is computed from differences to the mean, never as E[x²] − E[x]², so a large mean
 * costs no accuracy.
 */
public abstract class BatchNormOps {
  private static final String TRAIN = "batch-norm forward (training)";
  private static final String INFER = "batch-norm forward (inference)";
  private static final String BACKWARD = "batch-norm backward";

  /** The scratch bytes that {@link #forwardTrain} and {@link #backward} need. */
  public abstract long workspaceBytes(BatchNorm problem);

  /**
   * Normalises by the statistics of the batch: the mean and the biased variance of each channel.
   * The running statistics move towards them: running = (1 − momentum) running + momentum new, with
   * the unbiased variance.
   *
   * @param x (N,C,H,W) or (N,C)
   * @param z the shape of x if the problem has a residual, else none
   * @param gamma (C)
   * @param beta (C)
   * @param runningMean (C), updated
   * @param runningVariance (C), updated
   * @param y the shape of x, overwritten; may be z itself
   * @param saved (2,C), overwritten: the mean and 1 / sqrt(variance + epsilon) of each channel
   * @param workspace at least {@link #workspaceBytes}
   * @throws IllegalArgumentException if a channel has one value only: its variance says nothing
   */
  public final Step forwardTrain(
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
    checkImages(TRAIN, problem, x, z, y);
    Require.that(
        problem.rows() > 1,
        TRAIN,
        "expected more than 1 value per channel when training, got input " + x.shape());
    checkChannels(TRAIN, problem, gamma, beta, runningMean, runningVariance);
    Require.shape(TRAIN, "saved", saved, Shape.of(2, problem.c()));
    Require.workspace(TRAIN, workspace, workspaceBytes(problem));
    return bindForwardTrain(
        problem, x, z, gamma, beta, runningMean, runningVariance, y, saved, workspace);
  }

  /**
   * Normalises by the running statistics.
   *
   * @param x (N,C,H,W) or (N,C)
   * @param z the shape of x if the problem has a residual, else none
   * @param gamma (C)
   * @param beta (C)
   * @param runningMean (C)
   * @param runningVariance (C)
   * @param y the shape of x, overwritten; may be x or z itself
   */
  public final Step forwardInfer(
      BatchNorm problem,
      DeviceTensor x,
      DeviceTensor z,
      DeviceTensor gamma,
      DeviceTensor beta,
      DeviceTensor runningMean,
      DeviceTensor runningVariance,
      DeviceTensor y) {
    checkImages(INFER, problem, x, z, y);
    checkChannels(INFER, problem, gamma, beta, runningMean, runningVariance);
    return bindForwardInfer(problem, x, z, gamma, beta, runningMean, runningVariance, y);
  }

  /**
   * The gradients of {@link #forwardTrain}. With g = dy where y &gt; 0 (with ReLU) or g = dy, m =
   * N·H·W and x̂ = (x − mean) / sqrt(variance + epsilon): dz = g, dbeta = Σ g, dgamma = Σ g x̂, dx
   * = gamma / sqrt(variance + epsilon) (g − dbeta / m − x̂ dgamma / m). Without a residual y is
   * computed from x again.
   *
   * @param x (N,C,H,W) or (N,C), as given to the forward pass
   * @param y the result of the forward pass if the problem has a ReLU and a residual, else none
   * @param gamma (C)
   * @param beta (C), as in the forward pass
   * @param dy the shape of x
   * @param saved (2,C), from the forward pass
   * @param dx the shape of x, overwritten, or none where nobody wants it; may be dy itself
   * @param dz the shape of x, overwritten, or none; only for a problem with a residual; may be dy
   *     itself unless dx is
   * @param dgamma (C), overwritten
   * @param dbeta (C), overwritten
   * @param workspace at least {@link #workspaceBytes}
   */
  public final Step backward(
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
    checkImage(BACKWARD, problem, "x", x);
    optional(BACKWARD, "y", y, x, problem.masksByResult(), "ReLU with a residual");
    Require.like(BACKWARD, "dy", dy, x);
    if (dx.isPresent()) {
      Require.like(BACKWARD, "dx", dx, x);
    }
    if (dz.isPresent()) {
      optional(BACKWARD, "dz", dz, x, problem.residual(), "residual");
    }
    Require.shape(BACKWARD, "saved", saved, Shape.of(2, problem.c()));
    Require.shape(BACKWARD, "gamma", gamma, Shape.of(problem.c()));
    Require.shape(BACKWARD, "beta", beta, Shape.of(problem.c()));
    Require.shape(BACKWARD, "dgamma", dgamma, Shape.of(problem.c()));
    Require.shape(BACKWARD, "dbeta", dbeta, Shape.of(problem.c()));
    Require.workspace(BACKWARD, workspace, workspaceBytes(problem));
    return bindBackward(problem, x, y, gamma, beta, dy, saved, dx, dz, dgamma, dbeta, workspace);
  }

  private static void checkImages(
      String operation, BatchNorm problem, DeviceTensor x, DeviceTensor z, DeviceTensor y) {
    checkImage(operation, problem, "x", x);
    optional(operation, "z", z, x, problem.residual(), "residual");
    Require.like(operation, "y", y, x);
  }

  private static void checkImage(
      String operation, BatchNorm problem, String name, DeviceTensor tensor) {
    Require.present(operation, name, tensor);
    Shape shape = tensor.shape();
    boolean image = shape.rank() == 4 && tensor.layout() == Layout.IMAGE;
    boolean features = shape.rank() == 2 && tensor.layout() == Layout.PLAIN;
    boolean fits =
        (image || features)
            && shape.length(0) == problem.n()
            && shape.length(1) == problem.c()
            && shape.size() == (long) problem.rows() * problem.c();
    Require.that(
        fits,
        operation,
        "%s has shape %s, layout %s, expected IMAGE (N,C,H,W) or PLAIN (N,C) with N %d, C %d, H W %d"
            .formatted(name, shape, tensor.layout(), problem.n(), problem.c(), problem.area()));
  }

  private static void checkChannels(
      String operation,
      BatchNorm problem,
      DeviceTensor gamma,
      DeviceTensor beta,
      DeviceTensor runningMean,
      DeviceTensor runningVariance) {
    Shape channels = Shape.of(problem.c());
    Require.shape(operation, "gamma", gamma, channels);
    Require.shape(operation, "beta", beta, channels);
    Require.shape(operation, "running mean", runningMean, channels);
    Require.shape(operation, "running variance", runningVariance, channels);
  }

  private static void optional(
      String operation,
      String name,
      DeviceTensor tensor,
      DeviceTensor model,
      boolean wanted,
      String flag) {
    if (wanted) {
      Require.like(operation, name, tensor, model);
    } else {
      Require.that(
          !tensor.isPresent(), operation, name + " is given, but the problem has no " + flag);
    }
  }

  /** Binds the training pass. */
  protected abstract Step bindForwardTrain(
      BatchNorm problem,
      DeviceTensor x,
      DeviceTensor z,
      DeviceTensor gamma,
      DeviceTensor beta,
      DeviceTensor runningMean,
      DeviceTensor runningVariance,
      DeviceTensor y,
      DeviceTensor saved,
      DeviceTensor workspace);

  /** Binds the inference pass. */
  protected abstract Step bindForwardInfer(
      BatchNorm problem,
      DeviceTensor x,
      DeviceTensor z,
      DeviceTensor gamma,
      DeviceTensor beta,
      DeviceTensor runningMean,
      DeviceTensor runningVariance,
      DeviceTensor y);

  /** Binds the gradients of the training pass. */
  protected abstract Step bindBackward(
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
      DeviceTensor workspace);
}
