package dev.gabor.bench;

import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * How long a run took, from several samples.
 *
 * @param medianMillis the middle sample, or the mean of the two
 * @param minMillis the fastest sample
 * @param spreadPercent the distance from the first to the third quartile, in percent of the median
 * @param samples how many there were
 * @param kernelMillis what the device itself counted for the kernels of a run, by their events;
 *     empty where it keeps no such time
 */
public record Timing(
    double medianMillis,
    double minMillis,
    double spreadPercent,
    int samples,
    OptionalDouble kernelMillis) {
  /** A timing without the device's own count. */
  public Timing(double medianMillis, double minMillis, double spreadPercent, int samples) {
    this(medianMillis, minMillis, spreadPercent, samples, OptionalDouble.empty());
  }

  /**
   * The timing of some samples.
   *
   * @param millis of one run each, at least one sample, above 0; not modified
   */
  public static Timing of(double... millis) {
    if (millis.length == 0) {
      throw new IllegalArgumentException("timing: expected at least one sample");
    }
    double[] sorted = millis.clone();
    Arrays.sort(sorted);
    double median = quantile(sorted, 0.5);
    double spread = quantile(sorted, 0.75) - quantile(sorted, 0.25);
    return new Timing(median, sorted[0], 100 * spread / median, sorted.length);
  }

  /** The same with what the device counted. */
  Timing withKernelMillis(OptionalDouble millis) {
    return new Timing(medianMillis, minMillis, spreadPercent, samples, millis);
  }

  /** The seconds of the median. */
  public double medianSeconds() {
    return medianMillis / 1e3;
  }

  // Linear between neighbours, as NumPy does by default.
  private static double quantile(double[] sorted, double share) {
    double position = share * (sorted.length - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }
}
