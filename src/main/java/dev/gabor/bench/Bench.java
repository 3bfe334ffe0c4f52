package dev.gabor.bench;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Step;
import dev.gabor.nn.plan.Profile;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/**
 * Where cases are measured.
 *
 * @param backend the device
 * @param stopwatch its clock
 * @param gauges the ceilings to be measured beside the cases; none for times alone
 * @param profiles whether the kernels of each case are timed one by one, too
 * @param listener told what had to be left out
 */
record Bench(
    Backend backend,
    Stopwatch stopwatch,
    Optional<Gauges> gauges,
    boolean profiles,
    BenchmarkListener listener) {
  /** Runs of a case whose kernels are timed. */
  static final int PROFILED_RUNS = 5;

  /** Measures a step that arithmetic bounds, and closes it: GFLOP/s against multiply-adds. */
  Result arithmetic(Subject subject, String title, Step step, Work work) {
    Optional<Gauge> peak = multiplyAdds();
    return Result.of(subject, measure(title, step, peak), Unit.GFLOPS, work.flops())
        .against(rate(peak))
        .with(work);
  }

  /**
   * Measures a step that memory bounds, and closes it: GB/s against copies.
   *
   * @param floats of the arrays that are copied
   */
  Result memory(Subject subject, String title, Step step, Work work, long floats) {
    Optional<Gauge> peak = gauges.map(all -> all.copy(floats));
    return Result.of(subject, measure(title, step, peak), Unit.GIGABYTES, work.bytes())
        .against(rate(peak))
        .with(work);
  }

  /** Measures runs of a model in images a second, and what its operations reach of the peak. */
  Result model(Subject subject, Runnable run, Work work) {
    Optional<Gauge> peak = multiplyAdds();
    stopwatch.warmUp(run);
    return Result.of(subject, stopwatch.measure(run, peak), Unit.IMAGES, subject.batch())
        .with(work)
        .reaching(rate(peak));
  }

  private Timing measure(String title, Step step, Optional<Gauge> peak) {
    try (step) {
      Timing timing = stopwatch.measure(step::run, peak);
      profile(title, profile -> profile.run(backend, "operator", title, step::run));
      return timing;
    }
  }

  private Optional<Gauge> multiplyAdds() {
    return gauges.map(Gauges::multiplyAdd);
  }

  private static OptionalDouble rate(Optional<Gauge> peak) {
    return peak.isPresent() ? OptionalDouble.of(peak.get().rate()) : OptionalDouble.empty();
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
}
