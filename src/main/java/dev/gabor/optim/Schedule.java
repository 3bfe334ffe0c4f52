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

  /**
   * This schedule, but rising in a straight line over the first part of the run (Goyal et al.
   * 2017). Adam's first steps move every weight of a unit with many inputs by the full rate the
   * same way, which can leave its ReLU dead.
   *
   * @param share the part of the run that warms up, 0 to below 1
   */
  default Schedule warmedUp(double share) {
    return (step, totalSteps) ->
        rate(step, totalSteps) * Math.min(1, (step + 1) / Math.max(1, share * totalSteps));
  }
}
