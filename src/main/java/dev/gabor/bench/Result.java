package dev.gabor.bench;

import java.util.OptionalDouble;

/**
 * One thing measured.
 *
 * @param rate the amount of work a second at the median time
 * @param percentOfPeak the rate in percent of the measured ceiling, where there is one
 */
public record Result(
    Subject subject, Timing timing, Unit unit, double rate, OptionalDouble percentOfPeak) {
  /**
   * A result without a ceiling.
   *
   * @param amount the work of one run: operations, bytes, images or runs
   */
  static Result of(Subject subject, Timing timing, Unit unit, double amount) {
    double scale = unit == Unit.GFLOPS || unit == Unit.GIGABYTES ? 1e9 : 1;
    return new Result(
        subject, timing, unit, amount / scale / timing.medianSeconds(), OptionalDouble.empty());
  }

  /** The same beside a ceiling of the same unit. */
  Result against(double peak) {
    return new Result(subject, timing, unit, rate, OptionalDouble.of(100 * rate / peak));
  }
}
