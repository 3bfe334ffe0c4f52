package dev.gabor.data;

import java.util.Arrays;
import java.util.Locale;

/** How a picture gets the rows and columns of a sample. */
public enum PictureFit {
  /** Rows and columns are scaled each for itself; nothing is lost, proportions change. */
  STRETCH,
  /** Scaled until it covers the sample, then the centre is cut out; proportions stay. */
  CROP;

  /** The name in lower case, as on the command line. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The fit of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static PictureFit byName(String name) {
    return Arrays.stream(values())
        .filter(fit -> fit.key().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown fit " + name + ", expected one of stretch, crop"));
  }
}
