package dev.gabor;

import dev.gabor.opencl.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * Finds the device that a name means.
 *
 * @param devices the OpenCL devices, best first
 * @param problem why there is none, if there is none
 * @param selfTest what is wrong with a device, if anything
 */
record DeviceChooser(
    List<Device> devices, Optional<String> problem, Function<Device, Optional<String>> selfTest) {

  DeviceChoice choose(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "cpu" -> new DeviceChoice(Optional.empty(), List.of());
      case "auto" -> auto();
      case "opencl" -> opencl();
      default -> named(name);
    };
  }

  private DeviceChoice auto() {
    DeviceChoice best = firstThatPasses();
    if (best.device().isPresent()) {
      return best;
    }
    String why = problem.orElseGet(() -> String.join("; ", best.remarks()));
    return new DeviceChoice(
        Optional.empty(), List.of("training goes on with the CPU reference: " + why));
  }

  private DeviceChoice opencl() {
    DeviceChoice best = firstThatPasses();
    if (best.device().isEmpty()) {
      throw new DeviceException(problem.orElseGet(() -> String.join("; ", best.remarks())));
    }
    return best;
  }

  private DeviceChoice firstThatPasses() {
    List<String> failures = new ArrayList<>();
    for (Device device : devices) {
      Optional<String> failure = selfTest.apply(device).map(DeviceChooser::oneLine);
      if (failure.isEmpty()) {
        return new DeviceChoice(Optional.of(device), failures);
      }
      failures.add(failure.get());
    }
    return new DeviceChoice(Optional.empty(), failures);
  }

  private DeviceChoice named(String name) {
    String wanted = name.toLowerCase(Locale.ROOT);
    boolean isId = wanted.startsWith("opencl:");
    if (devices.isEmpty() && isId) {
      throw new DeviceException(problem.orElse("no OpenCL device"));
    }
    Device device =
        devices.stream()
            .filter(
                d ->
                    isId
                        ? d.id().equals(wanted)
                        : !wanted.isBlank() && d.name().toLowerCase(Locale.ROOT).contains(wanted))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException(unknown(name)));
    Optional<String> failure = selfTest.apply(device);
    if (failure.isPresent()) {
      throw new DeviceException(failure.get());
    }
    return new DeviceChoice(Optional.of(device), List.of());
  }

  private String unknown(String name) {
    List<String> known = new ArrayList<>(List.of("auto", "cpu", "opencl"));
    devices.forEach(device -> known.add(device.title()));
    return "unknown device \"%s\", expected one of %s, or a part of a device name"
        .formatted(name, String.join(", ", known));
  }

  /** A build log would drown the reason. */
  private static String oneLine(String text) {
    return text.lines().findFirst().orElse(text);
  }
}
