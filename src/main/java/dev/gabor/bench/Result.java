package dev.gabor.bench;

import java.util.OptionalDouble;

/**
 * One thing measured.
 *
 * @param rate the amount of work a second at the median time
 * @param percentOfPeak the rate, of models their operations, in percent of the measured ceiling,
 *     where there is one
 * @param peak the ceiling that was measured beside it and that the percentage counts against: GB/s
 *     where the rate counts bytes, else GFLOP/s
 * @param work what a run computes and moves
 * @param referenceMillis a run of the same on the CPU reference, where that was measured
 */
public record Result(
    Subject subject,
    Timing timing,
    Unit unit,
    double rate,
    OptionalDouble percentOfPeak,
    OptionalDouble peak,
    Work work,
    OptionalDouble referenceMillis) {
  /**
   * A result without a ceiling.
   *
   * @param amount the work of one run: operations, bytes, images or runs
   */
  static Result of(Subject subject, Timing timing, Unit unit, double amount) {
    double scale = unit == Unit.GFLOPS || unit == Unit.GIGABYTES ? 1e9 : 1;
    return new Result(
        subject,
        timing,
        unit,
        amount / scale / timing.medianSeconds(),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        Work.NONE,
        OptionalDouble.empty());
  }

  /** The same under another name, with its algorithm. */
  Result named(String op, String pass, String problem) {
    Subject renamed = new Subject(op, pass, problem, subject.batch(), subject.algorithm());
    return new Result(renamed, timing, unit, rate, percentOfPeak, peak, work, referenceMillis);
  }

  /** The same beside a ceiling of the same unit, if there is one. */
  Result against(OptionalDouble ceiling) {
    return sharing(rate, ceiling);
  }

  /** The same with the share that its operations reach of an arithmetic ceiling. */
  Result reaching(OptionalDouble peakGflops) {
    return sharing(gflops(), peakGflops);
  }

  private Result sharing(double reached, OptionalDouble of) {
    OptionalDouble percent =
        of.isPresent()
            ? OptionalDouble.of(100 * reached / of.getAsDouble())
            : OptionalDouble.empty();
    return new Result(subject, timing, unit, rate, percent, of, work, referenceMillis);
  }

  /** The same with what a run computes and moves. */
  Result with(Work newWork) {
    return new Result(subject, timing, unit, rate, percentOfPeak, peak, newWork, referenceMillis);
  }

  /** The same beside the CPU reference. */
  Result withReference(OptionalDouble millis) {
    return new Result(subject, timing, unit, rate, percentOfPeak, peak, work, millis);
  }

  /** How many times as fast as the CPU reference, where that was measured. */
  public OptionalDouble timesReference() {
    return referenceMillis.isPresent()
        ? OptionalDouble.of(referenceMillis.getAsDouble() / timing.medianMillis())
        : OptionalDouble.empty();
  }

  /** The rate in GFLOP/s, where operations are counted; else 0. */
  public double gflops() {
    return work.flops() / 1e9 / timing.medianSeconds();
  }
}
