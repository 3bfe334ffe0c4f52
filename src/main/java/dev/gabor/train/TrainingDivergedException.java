package dev.gabor.train;

/** Training stopped because the loss was not finite. The weights are of no use any more. */
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int step;
  private final double lastLoss;
  private final String origin;

  TrainingDivergedException(int step, double lastLoss, String origin) {
    super(
        "step %d: the loss is not finite; before it was %.4g; first not finite: %s"
            .formatted(step, lastLoss, origin));
    this.step = step;
    this.lastLoss = lastLoss;
    this.origin = origin;
  }

  /** The first step, from 1, whose loss was not finite. */
  public int step() {
    return step;
  }

  /** The loss of the step before; NaN if there was none. */
  public double lastLoss() {
    return lastLoss;
  }

  /** Where the first value that is not finite was found, for example {@code output of dense2}. */
  public String origin() {
    return origin;
  }
}
