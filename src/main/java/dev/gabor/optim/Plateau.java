package dev.gabor.optim;

/**
 * ReduceLROnPlateau: the rate falls by a factor when the loss of an epoch has not improved for some
 * epochs. Worked out from all losses so far, so there is no state to save.
 *
 * @param rate at first
 * @param factor 0 to below 1
 * @param patience epochs without improvement that are put up with
 * @param threshold the least improvement, relative to the best loss
 * @param cooldown epochs after a reduction that do not count
 * @param min the smallest rate
 */
public record Plateau(
    double rate, double factor, int patience, double threshold, int cooldown, double min)
    implements Schedule {
  /** PyTorch's eps: a smaller reduction is not done. */
  private static final double LEAST_CHANGE = 1e-8;

  /** Checks every number. */
  public Plateau {
    require("factor", factor, factor >= 0 && factor < 1, "at least 0 and below 1");
    require("patience", patience, patience >= 0, "at least 0");
    require("threshold", threshold, threshold >= 0 && threshold < 1, "at least 0 and below 1");
    require("cooldown", cooldown, cooldown >= 0, "at least 0");
    require("min", min, min >= 0, "at least 0");
  }

  /** PyTorch's defaults: factor 0.1, patience 10, threshold 1e-4, no cooldown, no least rate. */
  public static Plateau of(double rate) {
    return new Plateau(rate, 0.1, 10, 1e-4, 0, 0);
  }

  @Override
  public double rate(Moment moment) {
    double now = rate;
    double best = Double.POSITIVE_INFINITY;
    int bad = 0;
    int cooling = 0;
    for (double loss : moment.losses()) {
      if (loss < best * (1 - threshold)) {
        best = loss;
        bad = 0;
      } else {
        bad++;
      }
      if (cooling > 0) {
        cooling--;
        bad = 0;
      }
      if (bad > patience) {
        double reduced = Math.max(now * factor, min);
        now = now - reduced > LEAST_CHANGE ? reduced : now;
        cooling = cooldown;
        bad = 0;
      }
    }
    return now;
  }

  @Override
  public String text() {
    return "plateau:rate=%s,factor=%s,patience=%d,threshold=%s,cooldown=%d,min=%s"
        .formatted(rate, factor, patience, threshold, cooldown, min);
  }

  private static void require(String name, double value, boolean holds, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          "schedule plateau: " + name + " is " + value + ", expected " + expected);
    }
  }
}
