package dev.gabor.tune;

import dev.gabor.backend.Step;
import java.util.ArrayList;
import java.util.List;

/** A candidate that gave right results, and its times so far. */
final class Contestant {
  private final String algorithm;
  private final Step step;
  private final List<Double> samples = new ArrayList<>();
  private double estimate;

  Contestant(String algorithm, Step step) {
    this.algorithm = algorithm;
    this.step = step;
  }

  String algorithm() {
    return algorithm;
  }

  Step step() {
    return step;
  }

  /** Forgets its times but the middle one, which says how long a sample is. */
  void startAnew() {
    estimate = millis();
    samples.clear();
  }

  void add(double millis) {
    samples.add(millis);
  }

  /** The middle sample, or the lower of the two. */
  double millis() {
    if (samples.isEmpty()) {
      return estimate;
    }
    List<Double> sorted = samples.stream().sorted().toList();
    return sorted.get((sorted.size() - 1) / 2);
  }
}
