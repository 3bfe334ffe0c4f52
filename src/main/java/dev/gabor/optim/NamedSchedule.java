package dev.gabor.optim;

import java.util.function.ToDoubleFunction;

/** A formula with the text that stands for it. */
record NamedSchedule(String text, ToDoubleFunction<Moment> formula) implements Schedule {
  @Override
  public double rate(Moment moment) {
    return formula.applyAsDouble(moment);
  }

  /** Along half a cosine. */
  static double between(double from, double to, double share) {
    return to + (from - to) / 2 * (1 + Math.cos(Math.PI * share));
  }

  @Override
  public String toString() {
    return text;
  }
}
