package dev.gabor.check;

import dev.gabor.tensor.Shape;
import java.util.Optional;

/** Compares the tensors of one case with the reference's. */
final class Comparison {
  private double worstError;
  private double worstBound;
  private Optional<String> failure = Optional.empty();

  /** Compares one tensor, element by element. */
  void add(String name, Shape shape, float[] actual, float[] expected, Bounds bounds) {
    double largest = 0;
    for (float value : expected) {
      largest = Float.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest;
    }
    int first = -1;
    int different = 0;
    for (int i = 0; i < expected.length; i++) {
      double allowed = bounds.allowed(expected[i], largest);
      double error = error(actual[i], expected[i]);
      if (error * Math.max(worstBound, Double.MIN_NORMAL)
          > worstError * Math.max(allowed, Double.MIN_NORMAL)) {
        worstError = error;
        worstBound = allowed;
      }
      if (error > allowed) {
        different++;
        first = first < 0 ? i : first;
      }
    }
    if (first >= 0 && failure.isEmpty()) {
      failure =
          Optional.of(
              "%s at %s: device %s, reference %s, allowed %.2g, %d of %d differ"
                  .formatted(
                      name,
                      Place.of(shape, first),
                      actual[first],
                      expected[first],
                      bounds.allowed(expected[first], largest),
                      different,
                      expected.length));
    }
  }

  private static double error(float actual, float expected) {
    if (actual == expected || (Float.isNaN(actual) && Float.isNaN(expected))) {
      return 0;
    }
    double error = Math.abs((double) actual - expected);
    return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
  }

  /** The first element that differs by more than is allowed, if any. */
  Optional<String> failure() {
    return failure;
  }

  double worstError() {
    return worstError;
  }

  double worstBound() {
    return worstBound;
  }
}
