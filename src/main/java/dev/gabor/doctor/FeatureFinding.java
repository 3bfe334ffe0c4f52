package dev.gabor.doctor;

import dev.gabor.opencl.Feature;
import java.util.Optional;

/**
 * Whether a device can do something.
 *
 * @param claimed whether the driver says so
 * @param problem what went wrong when a kernel tried; empty if it worked
 */
public record FeatureFinding(Feature feature, boolean claimed, Optional<String> problem) {
  /** Whether a kernel did it. */
  public boolean works() {
    return problem.isEmpty();
  }
}
