package dev.gabor.bench;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/** Measures what a backend does, by wall time around {@link Backend#finish()}. */
final class Stopwatch {
  /** Some drivers keep every launch that is not waited for. */
  private static final int MOST_RUNS = 10_000;

  private static final int MOST_PROFILED_RUNS = 100;

  /** At most; one where three would take longer than the budget. */
  private static final int PROFILED_SAMPLES = 3;

  /** How often the budget may be passed to reach the fewest samples. */
  private static final double PATIENCE = 3;

  private static final int WARM_UP_BUDGETS = 2;

  /** Enough that a chain is not over before its first number is there. */
  private static final int FIRST_ROUNDS = 64;

  private static final int MORE_ROUNDS = 4;

  private final Backend backend;
  private final Effort effort;
  private final LongSupplier nanoClock;

  Stopwatch(Backend backend, Effort effort) {
    this(backend, effort, System::nanoTime);
  }

  /** A stopwatch with a clock of the caller's, in nanoseconds from any moment. */
  Stopwatch(Backend backend, Effort effort, LongSupplier nanoClock) {
    this.backend = backend;
    this.effort = effort;
    this.nanoClock = nanoClock;
  }

  /**
   * Runs for twice the time that samples will take: the Java virtual machine compiles meanwhile
   * what the host does for each of many short launches, on a core that the device may be using.
   */
  void warmUp(Runnable run) {
    double spent = 0;
    while (spent < WARM_UP_BUDGETS * effort.budgetSeconds() * 1e3) {
      spent += millis(run, 1);
    }
  }

  /** The time of one run, which starts work on the backend and need not wait for it. */
  Timing measure(Runnable run) {
    return measure(run, Optional.empty());
  }

  /**
   * The same, with samples of a ceiling before, after and in between, because what a machine can do
   * may change from minute to minute.
   */
  Timing measure(Runnable run, Optional<Gauge> gauge) {
    // The first run compiles and touches memory for the first time.
    millis(run, 1);
    int runs = calibrate(run);
    int samplesBetween = gauge.map(Gauge::samplesBetween).orElse(effort.most());
    List<Double> samples = new ArrayList<>();
    double spent = 0;
    while (wantsMore(samples.size(), spent / 1e3)) {
      if (samples.size() % samplesBetween == 0) {
        spent += sample(gauge);
      }
      double sample = millis(run, runs);
      spent += sample;
      samples.add(sample / runs);
    }
    sample(gauge);
    Timing timing = Timing.of(samples.stream().mapToDouble(Double::doubleValue).toArray());
    return timing.withKernelMillis(kernelMillis(run, timing, Math.min(runs, MOST_PROFILED_RUNS)));
  }

  private static double sample(Optional<Gauge> gauge) {
    return gauge.map(Gauge::sample).orElse(0.0);
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

  /**
   * How many rounds of a step make a run as long as a sample: so slow devices end, too.
   *
   * @param most rounds, if they are not long enough either
   * @param binding makes the step with so many rounds
   */
  int enoughRounds(int most, IntFunction<Step> binding) {
    for (int rounds = FIRST_ROUNDS; rounds < most; rounds *= MORE_ROUNDS) {
      try (Step step = binding.apply(rounds)) {
        if (rounds == FIRST_ROUNDS) {
          millis(step::run, 1);
        }
        // One short run that something held up would pass for a long one.
        if (Math.min(millis(step::run, 1), millis(step::run, 1)) >= effort.sampleMillis()) {
          return rounds;
        }
      }
    }
    return most;
  }

  /** The runs of a sample; warms up, too. */
  int calibrate(Runnable run) {
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

  /** The time of so many runs and of waiting for them. */
  double millis(Runnable run, int runs) {
    backend.finish();
    long started = nanoClock.getAsLong();
    for (int i = 0; i < runs; i++) {
      run.run();
    }
    backend.finish();
    // A clock that stood still would make a rate infinite.
    return Math.max(1, nanoClock.getAsLong() - started) / 1e6;
  }
}
