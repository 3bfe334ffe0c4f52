package dev.gabor.backend;

import java.util.Locale;

/** The kinds of devices that share defaults where nothing was measured. */
public enum DeviceClass {
  /** CPU drivers. */
  CPU,
  NVIDIA,
  AMD,
  INTEL,
  /** Every other device. */
  OTHER;

  /** The name in files. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
