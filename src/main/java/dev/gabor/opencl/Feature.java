package dev.gabor.opencl;

import java.util.Locale;

/** What a device may or may not be able to do, beyond what OpenCL 1.2 asks of all. */
public enum Feature {
  /** Arithmetic in half precision. */
  FP16("cl_khr_fp16"),
  /** Arithmetic in double precision. */
  FP64("cl_khr_fp64"),
  /** Sums over the work-items that run in step. */
  SUBGROUPS("cl_khr_subgroups");

  private final String extension;

  Feature(String extension) {
    this.extension = extension;
  }

  /** Whether the driver names the extension, which says little: see {@link FeatureProbe}. */
  public boolean isClaimedBy(Device device) {
    return device.has(extension);
  }

  /** The name in reports, in lower case. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
