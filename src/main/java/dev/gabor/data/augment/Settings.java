package dev.gabor.data.augment;

/** Checks of the settings of changes. */
final class Settings {
  private Settings() {}

  /** Refuses what is not from low to high. */
  static void require(String change, String name, double value, double low, double high) {
    if (!(value >= low && value <= high)) {
      throw new IllegalArgumentException(
          "%s: %s: expected %s to %s, found %s"
              .formatted(change, name, plain(low), plain(high), plain(value)));
    }
  }

  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
