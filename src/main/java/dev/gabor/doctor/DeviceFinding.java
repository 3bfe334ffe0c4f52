package dev.gabor.doctor;

import dev.gabor.opencl.Device;
import java.util.List;
import java.util.Optional;

/**
 * One device.
 *
 * @param device as the driver describes it; its indices are those that {@code --device} takes
 * @param features as probed; empty where the probe did not get so far
 * @param selfTest empty where none was asked for
 */
public record DeviceFinding(
    Device device, List<FeatureFinding> features, Optional<SelfTestFinding> selfTest) {
  /** Copies the features. */
  public DeviceFinding {
    features = List.copyOf(features);
  }
}
