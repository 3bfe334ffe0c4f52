package dev.gabor.bench;

import dev.gabor.backend.Backend;
import dev.gabor.backend.CeilingOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;

/** The arithmetic ceiling: finds how much work shows what a device can do, and measures that. */
final class MultiplyAdds {
  /** Chains of a work-item times a few work-groups; then doubled until nothing is won. */
  private static final int FIRST_CHAINS = 3 << 16;

  /** A larger problem must win so much to be taken for the ceiling. */
  private static final double WORTH_IT = 1.02;

  // f(t) = a t + b stays near b / (1 - a) = 1, far from infinity and from denormals.
  private static final float FACTOR = 0.75f;
  private static final float SUMMAND = 0.25f;

  /** Samples of a row between two of the gauge, which leaves caches as they are. */
  private static final int SAMPLES_BETWEEN = 10;

  private final Backend backend;
  private final Stopwatch stopwatch;
  private final int mostRounds;
  private final int mostChains;
  private final boolean half;
  private int rounds;
  private int chains = FIRST_CHAINS;

  /**
   * The ceiling of one precision.
   *
   * @param mostRounds of a chain
   * @param mostChains floats that fit the device
   * @param half whether in half precision
   */
  MultiplyAdds(Backend backend, Stopwatch stopwatch, int mostRounds, int mostChains, boolean half) {
    this.backend = backend;
    this.stopwatch = stopwatch;
    this.mostRounds = mostRounds;
    this.mostChains = mostChains;
    this.half = half;
  }

  /** Finds the work and measures it: slow devices get short chains, wide ones many. */
  Result measure() {
    try (Inputs inputs = new Inputs(backend)) {
      DeviceTensor x = inputs.random(FIRST_CHAINS);
      rounds = stopwatch.enoughRounds(mostRounds, count -> step(x, count));
    }
    Result best = measure(FIRST_CHAINS);
    for (int size = 2 * FIRST_CHAINS; size <= mostChains; size *= 2) {
      Result next = measure(size);
      if (next.rate() > best.rate()) {
        chains = size;
      }
      if (next.rate() < WORTH_IT * best.rate()) {
        return next.rate() > best.rate() ? next : best;
      }
      best = next;
    }
    return best;
  }

  /** As many chains again, after {@link #measure()}; no longer than a sample must be. */
  Gauge gauge() {
    Inputs inputs = new Inputs(backend);
    DeviceTensor x = inputs.random(chains);
    int enough = stopwatch.enoughRounds(rounds, count -> step(x, count));
    return new Gauge(
        stopwatch, inputs, step(x, enough), flops(chains, enough) / 1e9, SAMPLES_BETWEEN);
  }

  private Result measure(int size) {
    try (Inputs inputs = new Inputs(backend);
        Step step = step(inputs.random(size), rounds)) {
      // Without the size that was found to be enough: another run may find another.
      Subject subject =
          Subject.of(Subject.CEILING, half ? "multiply_add_fp16" : "multiply_add", "chains");
      return Result.of(subject, stopwatch.measure(step::run), Unit.GFLOPS, flops(size, rounds));
    }
  }

  private Step step(DeviceTensor x, int count) {
    CeilingOps ceilings = backend.ceilings();
    return half
        ? ceilings.multiplyAddHalf(x, x, count, FACTOR, SUMMAND)
        : ceilings.multiplyAdd(x, x, count, FACTOR, SUMMAND);
  }

  private static double flops(int size, int count) {
    return 2.0 * size * count;
  }
}
