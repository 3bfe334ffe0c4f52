package dev.gabor.backend;

/**
 * The numbers of an optimizer that change from step to step. Update steps read them each time they
 * run.
 */
public final class Hyperparameters {
  private double learningRate;
  private int step;

  /** A learning rate, before the first update. */
  public Hyperparameters(double learningRate) {
    learningRate(learningRate);
  }

  /** The learning rate. */
  public double learningRate() {
    return learningRate;
  }

  /** Sets the learning rate of the updates to come: finite, at least 0. */
  public void learningRate(double rate) {
    Require.that(
        rate >= 0 && Double.isFinite(rate),
        "optimizer",
        "learning rate is " + rate + ", expected a finite number of at least 0");
    learningRate = rate;
  }

  /** The updates done, the running one included: 1 during the first. */
  public int step() {
    return step;
  }

  /** Begins the next update. */
  public void advance() {
    step++;
  }

  /** Goes on behind a number of updates done, as a checkpoint says. */
  public void moveTo(int stepsDone) {
    step = stepsDone;
  }
}
