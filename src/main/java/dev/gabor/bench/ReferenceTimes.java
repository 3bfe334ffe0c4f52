package dev.gabor.bench;

import dev.gabor.backend.Backend;
import dev.gabor.backend.reference.ReferenceBackend;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Runs a case on the CPU reference too, where that ends in reasonable time. */
final class ReferenceTimes implements AutoCloseable {
  /** The reference computes at least so fast; slower, and a case takes longer than allowed. */
  private static final double REFERENCE_GFLOPS = 4;

  private static final Effort ONCE = new Effort(1, 1, 1e-3, 1e-6);

  private final ReferenceBackend reference = new ReferenceBackend();
  private final Backend device;
  private final Effort effort;

  ReferenceTimes(Backend device, Effort effort) {
    this.device = device;
    this.effort = effort;
  }

  /**
   * The results of a case, with the time of the reference where it is not the device itself and is
   * expected to take no longer than the effort allows.
   */
  List<Result> beside(Case work, List<Result> results, double devicePeakGflops) {
    double slower = Math.max(1, devicePeakGflops / REFERENCE_GFLOPS);
    double expected =
        results.stream().mapToDouble(result -> result.timing().medianMillis()).min().orElse(0)
            * slower;
    if (results.isEmpty()
        || device.name().equals(reference.name())
        || expected > effort.referenceMillis()) {
      return results;
    }
    Stopwatch stopwatch = new Stopwatch(reference, ONCE);
    Bench bench = new Bench(reference, stopwatch, Optional.empty(), false, BenchmarkListener.NONE);
    OptionalDouble millis =
        work.measure(bench).stream().mapToDouble(result -> result.timing().medianMillis()).min();
    return results.stream().map(result -> result.withReference(millis)).toList();
  }

  @Override
  public void close() {
    reference.close();
  }
}
