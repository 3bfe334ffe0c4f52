package dev.gabor.bench;

import dev.gabor.backend.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** Measures what a backend does, by wall time around {@link Backend#finish()}. */
final class Stopwatch {
  /** Some drivers keep every launch that is not waited for. */
  private static final int MOST_RUNS = 10_000;

  private static final int MOST_PROFILED_RUNS = 100;

  /** At most; one where three would take longer than the budget. */
  private static final int PROFILED_SAMPLES = 3;

  /** How often the budget may be passed to reach the fewest samples. */
  private static final double PATIENCE = 3;

  private final Backend backend;
  private final Effort effort;

  Stopwatch(Backend backend, Effort effort) {
    this.backend = backend;
    this.effort = effort;
  }

  /** The time of one run, which starts work on the backend and need not wait for it. */
  Timing measure(Runnable run) {
    // The first run compiles and touches memory for the first time.
    millis(run, 1);
    int runs = calibrate(run);
    List<Double> samples = new ArrayList<>();
    double spent = 0;
    while (wantsMore(samples.size(), spent / 1e3)) {
      double sample = millis(run, runs);
      spent += sample;
      samples.add(sample / runs);
    }
    Timing timing = Timing.of(samples.stream().mapToDouble(Double::doubleValue).toArray());
    return timing.withKernelMillis(kernelMillis(run, timing, Math.min(runs, MOST_PROFILED_RUNS)));
  }

  // After the samples, which the events would disturb.
  private OptionalDouble kernelMillis(Runnable run, Timing timing, int runs) {
    double wanted = PROFILED_SAMPLES * runs * timing.medianSeconds();
    double[] millis = new double[wanted > effort.budgetSeconds() ? 1 : PROFILED_SAMPLES];
    for (int sample = 0; sample < millis.length; sample++) {
      OptionalDouble all =
          backend.kernelMillis(
              () -> {
                for (int i = 0; i < runs; i++) {
                  run.run();
                }
              });
      // No such clock, or nothing but transfers.
      if (all.isEmpty() || all.getAsDouble() == 0) {
        return OptionalDouble.empty();
      }
      millis[sample] = all.getAsDouble() / runs;
    }
    return OptionalDouble.of(Timing.of(millis).medianMillis());
  }

  private boolean wantsMore(int samples, double spentSeconds) {
    if (samples < effort.fewest()) {
      return samples == 0 || spentSeconds < PATIENCE * effort.budgetSeconds();
    }
    return samples < effort.most() && spentSeconds < effort.budgetSeconds();
  }

  // Doubles as a warm-up.
  private int calibrate(Runnable run) {
    int runs = 1;
    while (runs < MOST_RUNS) {
      double millis = millis(run, runs);
      if (millis >= effort.sampleMillis()) {
        return runs;
      }
      double wanted = runs * effort.sampleMillis() / Math.max(millis, 1e-6);
      runs = (int) Math.min(MOST_RUNS, Math.max(2.0 * runs, Math.min(wanted, 10.0 * runs)));
    }
    return MOST_RUNS;
  }

  private double millis(Runnable run, int runs) {
    backend.finish();
    long started = System.nanoTime();
    for (int i = 0; i < runs; i++) {
      run.run();
    }
    backend.finish();
    // A clock that stood still would make a rate infinite.
    return Math.max(1, System.nanoTime() - started) / 1e6;
  }
}
