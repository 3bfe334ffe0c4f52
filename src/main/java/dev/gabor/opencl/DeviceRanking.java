package dev.gabor.opencl;

import java.util.Comparator;
import java.util.List;

/**
 * Which device comes first when nobody names one: GPU, then accelerator, then CPU; among equals a
 * device with memory of its own before one that shares the host's, then the greater compute power,
 * then the driver's own order.
 */
final class DeviceRanking {
  /**
   * A "compute unit" is 64 to 128 lanes on a graphics card but 8 on an integrated GPU, so power
   * alone would prefer the integrated one: own memory decides first.
   */
  private static final Comparator<Device> BEST_FIRST =
      Comparator.comparing(Device::type)
          .thenComparing(Device::unifiedMemory)
          .thenComparing(Comparator.comparingLong(DeviceRanking::power).reversed())
          .thenComparingInt(Device::platformIndex)
          .thenComparingInt(Device::deviceIndex);

  private DeviceRanking() {}

  static List<Device> bestFirst(List<Device> devices) {
    return devices.stream().sorted(BEST_FIRST).toList();
  }

  /**
   * Why a device comes before the next one.
   *
   * @param all devices, best first
   */
  static String reason(Device device, List<Device> all) {
    int next = all.indexOf(device) + 1;
    if (next >= all.size()) {
      return all.size() == 1 ? "it is the only device" : "those before it cannot be used";
    }
    Device other = all.get(next);
    if (device.type() != other.type()) {
      return "%s comes before %s".formatted(device.type(), other.type());
    }
    if (device.unifiedMemory() != other.unifiedMemory()) {
      return "it has memory of its own, unlike " + other.title();
    }
    if (power(device) != power(other)) {
      return "compute units x MHz x float lanes are %d, those of %s %d"
          .formatted(power(device), other.title(), power(other));
    }
    return "it is listed before " + other.title() + ", which looks as good";
  }

  /** Float lanes times MHz; a value that the driver leaves at 0 counts as 1. */
  static long power(Device device) {
    return Math.max(1L, device.computeUnits())
        * Math.max(1L, device.clockMhz())
        * Math.max(1L, device.preferredVectorWidthFloat());
  }
}
