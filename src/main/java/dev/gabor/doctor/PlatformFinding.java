package dev.gabor.doctor;

import java.util.List;

/**
 * One platform.
 *
 * @param index among all platforms of the machine, from 0; -1 where the loader of all shows it not
 * @param devices those that can be used
 */
public record PlatformFinding(
    int index, String name, String vendor, String version, List<DeviceFinding> devices) {
  /** Copies the devices. */
  public PlatformFinding {
    devices = List.copyOf(devices);
  }
}
