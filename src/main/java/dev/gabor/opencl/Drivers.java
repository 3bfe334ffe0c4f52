package dev.gabor.opencl;

import java.util.List;
import java.util.Optional;

/**
 * The installed drivers as the {@link Probe} sees them; each call may throw what a driver throws.
 */
interface Drivers {
  /** All platforms; empty where none is installed. */
  List<Driver> platforms();

  /** One platform. */
  interface Driver {
    String name();

    String vendor();

    String version();

    /** How many devices there are, usable or not. */
    int deviceCount();

    /** Why a device cannot be used, if so. */
    Optional<String> flaw(int deviceIndex);

    Device device(int platformIndex, int deviceIndex);
  }
}
