package dev.gabor.bench;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Step;

/**
 * Where cases are measured.
 *
 * @param backend the device
 * @param stopwatch its clock
 * @param peakGflops the measured arithmetic ceiling
 * @param peakGbS the measured copy bandwidth
 * @param listener told what had to be left out
 */
record Bench(
    Backend backend,
    Stopwatch stopwatch,
    double peakGflops,
    double peakGbS,
    BenchmarkListener listener) {

  /** Measures a bound step and closes it. */
  Timing measure(Step step) {
    try (step) {
      return stopwatch.measure(step::run);
    }
  }

  /** A result in GFLOP/s, against the arithmetic ceiling. */
  Result arithmetic(Subject subject, Timing timing, Work work) {
    return Result.of(subject, timing, Unit.GFLOPS, work.flops()).against(peakGflops).with(work);
  }

  /** A result in GB/s, against the copy bandwidth. */
  Result memory(Subject subject, Timing timing, Work work) {
    return Result.of(subject, timing, Unit.GIGABYTES, work.bytes()).against(peakGbS).with(work);
  }
}
