package dev.gabor.optim;

/** The learning rate of each training step. */
@FunctionalInterface
public interface Schedule {
  /**
   * The learning rate of a step.
   *
   * @param step from 0
   * @param totalSteps the steps of the whole run
   */
  double rate(int step, int totalSteps);

  /** The same rate for every step. */
  static Schedule constant(double rate) {
    return (step, totalSteps) -> rate;
  }

  /**
   * Half a cosine from the rate at the first step down to 0 behind the last one (Loshchilov and
   * Hutter 2016, without restarts).
   */
  static Schedule cosine(double rate) {
    return (step, totalSteps) -> rate * 0.5 * (1 + Math.cos(Math.PI * step / totalSteps));
  }
}
