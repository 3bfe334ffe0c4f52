package dev.gabor.bench;

import dev.gabor.backend.Step;
import java.util.ArrayList;
import java.util.List;

/** A ceiling that is measured again, sample by sample, beside what is compared with it. */
final class Gauge implements AutoCloseable {
  private final Stopwatch stopwatch;
  private final Inputs inputs;
  private final Step step;
  private final double amount;
  private final int samplesBetween;
  private final int runs;
  private final List<Double> millis = new ArrayList<>();

  /**
   * Runs the step until it is known how many runs make a sample.
   *
   * @param inputs the tensors of the step, which belong to the gauge from now on
   * @param step likewise
   * @param amount what a run computes or moves, in units of 1e9
   * @param samplesBetween how many samples of what is compared lie between two of this
   */
  Gauge(Stopwatch stopwatch, Inputs inputs, Step step, double amount, int samplesBetween) {
    this.stopwatch = stopwatch;
    this.inputs = inputs;
    this.step = step;
    this.amount = amount;
    this.samplesBetween = samplesBetween;
    this.runs = stopwatch.calibrate(step::run);
  }

  /** How many samples of what is compared lie between two of this. */
  int samplesBetween() {
    return samplesBetween;
  }

  /** Takes another sample and returns its milliseconds. */
  double sample() {
    double sample = stopwatch.millis(step::run, runs);
    millis.add(sample / runs);
    return sample;
  }

  /** The amount a second at the median of the samples taken since the last call. */
  double rate() {
    Timing timing = Timing.of(millis.stream().mapToDouble(Double::doubleValue).toArray());
    millis.clear();
    return amount / timing.medianSeconds();
  }

  @Override
  public void close() {
    try (inputs) {
      step.close();
    }
  }
}
