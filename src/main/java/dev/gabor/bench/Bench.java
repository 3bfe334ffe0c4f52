package dev.gabor.bench;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Step;
import dev.gabor.nn.plan.Profile;
import java.util.function.Consumer;

/**
 * Where cases are measured.
 *
 * @param backend the device
 * @param stopwatch its clock
 * @param peakGflops the measured arithmetic ceiling
 * @param peakGbS the measured copy bandwidth
 * @param profiles whether the kernels of each case are timed one by one, too
 * @param listener told what had to be left out
 */
record Bench(
    Backend backend,
    Stopwatch stopwatch,
    double peakGflops,
    double peakGbS,
    boolean profiles,
    BenchmarkListener listener) {
  /** Runs of a case whose kernels are timed. */
  static final int PROFILED_RUNS = 5;

  /** Measures a bound step and closes it. */
  Timing measure(String title, Step step) {
    try (step) {
      Timing timing = stopwatch.measure(step::run);
      profile(title, profile -> profile.run(backend, "operator", title, step::run));
      return timing;
    }
  }

  /** Times the kernels of some runs, where that is asked for. */
  void profile(String title, Consumer<Profile> run) {
    if (profiles) {
      Profile profile = new Profile();
      for (int i = 0; i < PROFILED_RUNS; i++) {
        run.accept(profile);
      }
      listener.profiled(title, profile);
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
