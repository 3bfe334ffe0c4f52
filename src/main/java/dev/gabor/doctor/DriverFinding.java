package dev.gabor.doctor;

import java.util.List;

/**
 * What one ICD entry leads to.
 *
 * @param platforms found through it
 * @param skipped one line for each platform or device left out, and for each probe that failed
 * @param dangerous whether loading or listing the driver ends the process that asks, or hangs
 */
public record DriverFinding(
    IcdEntry entry, List<PlatformFinding> platforms, List<String> skipped, boolean dangerous) {
  /** Copies the lists. */
  public DriverFinding {
    platforms = List.copyOf(platforms);
    skipped = List.copyOf(skipped);
  }
}
