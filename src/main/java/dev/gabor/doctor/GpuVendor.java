package dev.gabor.doctor;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Who makes GPUs for PCI. */
enum GpuVendor {
  NVIDIA("0x10de"),
  AMD("0x1002"),
  INTEL("0x8086");

  private final String pciId;

  GpuVendor(String pciId) {
    this.pciId = pciId;
  }

  static Optional<GpuVendor> ofPciId(String id) {
    return Arrays.stream(values()).filter(vendor -> vendor.pciId.equals(id)).findFirst();
  }

  /** Whether a device's vendor, as a driver spells it, is this one. */
  boolean isNamedIn(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return lower.contains(name().toLowerCase(Locale.ROOT))
        || (this == AMD && lower.contains("advanced micro devices"));
  }
}
