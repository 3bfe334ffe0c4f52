package dev.gabor.backend;

/**
 * The numbers of an optimizer that change from step to step. Update steps read them each time they
 * run.
 */
public final class Hyperparameters {
  /** What all views share. */
  private static final class Shared {
    double learningRate;
    int step;
  }

  private final Shared shared;
  private final double factor;

  /** A learning rate, before the first update. */
  public Hyperparameters(double learningRate) {
    this(new Shared(), 1);
    learningRate(learningRate);
  }

  private Hyperparameters(Shared shared, double factor) {
    this.shared = shared;
    this.factor = factor;
  }

  /** A view of the same numbers with the learning rate multiplied. */
  public Hyperparameters scaled(double rateFactor) {
    return new Hyperparameters(shared, factor * rateFactor);
  }

  /** The learning rate. */
  public double learningRate() {
    return shared.learningRate * factor;
  }

  /** Sets the learning rate of the updates to come: finite, at least 0. */
  public void learningRate(double rate) {
    Require.that(
        rate >= 0 && Double.isFinite(rate),
        "optimizer",
        "learning rate is " + rate + ", expected a finite number of at least 0");
    shared.learningRate = rate;
  }

  /** The updates done, the running one included: 1 during the first. */
  public int step() {
    return shared.step;
  }

  /** Begins the next update. */
  public void advance() {
    shared.step++;
  }

  /** Goes on behind a number of updates done, as a checkpoint says. */
  public void moveTo(int stepsDone) {
    shared.step = stepsDone;
  }
}
