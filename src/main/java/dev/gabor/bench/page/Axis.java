package dev.gabor.bench.page;

import java.util.ArrayList;
import java.util.List;

/**
 * A logarithmic axis.
 *
 * @param low the decimal logarithm of its beginning
 * @param high that of its end
 */
record Axis(double low, double high) {
  /** The axis of whole decades that holds these values, all above 0. */
  static Axis around(double least, double most) {
    double low = Math.floor(Math.log10(least) + 1e-9);
    return new Axis(low, Math.max(low + 1, Math.ceil(Math.log10(most) - 1e-9)));
  }

  /** Where a value lies, from 0 to 1. */
  double share(double value) {
    return (Math.log10(value) - low) / (high - low);
  }

  /** The decades. */
  List<Double> ticks() {
    List<Double> ticks = new ArrayList<>();
    for (int exponent = (int) low; exponent <= (int) high; exponent++) {
      ticks.add(Math.pow(10, exponent));
    }
    return ticks;
  }

  double first() {
    return Math.pow(10, low);
  }

  double last() {
    return Math.pow(10, high);
  }
}
