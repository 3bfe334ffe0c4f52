package dev.gabor.opencl;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks every driver for its devices and survives whatever they answer.
 *
 * @param platforms every platform that could be asked, also those without usable devices
 * @param devices the usable devices, best first
 * @param skipped one line for each platform or device left out
 * @param problem why there is no device, if there is none
 */
record Probe(
    List<Platform> platforms,
    List<Device> devices,
    List<String> skipped,
    Optional<String> problem) {
  private static final Pattern VERSION = Pattern.compile("OpenCL (\\d+)\\.(\\d+).*");

  /** Never throws because of a driver: what fails is named in {@code skipped}. */
  static Probe run(Drivers drivers, String operatingSystem) {
    List<Platform> platforms = new ArrayList<>();
    List<String> skipped = new ArrayList<>();
    Optional<String> failure = Optional.empty();
    try {
      List<Drivers.Driver> found = drivers.platforms();
      for (int index = 0; index < found.size(); index++) {
        platform(index, found.get(index), skipped).ifPresent(platforms::add);
      }
      if (found.isEmpty()) {
        failure = Optional.of("libOpenCL finds no driver");
      }
    } catch (LinkageError e) {
      failure = Optional.of(missingLibrary(e));
    } catch (OpenClException e) {
      failure = Optional.of(e.getMessage());
    }
    failure.ifPresent(skipped::add);
    List<Device> devices =
        DeviceRanking.bestFirst(platforms.stream().flatMap(p -> p.devices().stream()).toList());
    if (!devices.isEmpty()) {
      return new Probe(platforms, devices, skipped, Optional.empty());
    }
    String why = String.join("; ", skipped);
    return new Probe(
        platforms,
        devices,
        skipped,
        Optional.of("no OpenCL device: " + why + "; " + advice(operatingSystem)));
  }

  private static Optional<Platform> platform(
      int index, Drivers.Driver driver, List<String> skipped) {
    String label = "platform " + index;
    try {
      String name = driver.name();
      label = label + " (" + name + ")";
      int count = driver.deviceCount();
      if (count == 0) {
        skipped.add(label + " has no devices");
      }
      List<Device> devices = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        device(label, driver, index, i, skipped).ifPresent(devices::add);
      }
      return Optional.of(new Platform(index, name, driver.vendor(), driver.version(), devices));
    } catch (OpenClException e) {
      skipped.add(label + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  private static Optional<Device> device(
      String platform, Drivers.Driver driver, int index, int deviceIndex, List<String> skipped) {
    String label = platform + ", device " + deviceIndex;
    try {
      Device device = driver.device(index, deviceIndex);
      Optional<String> flaw = driver.flaw(deviceIndex);
      if (flaw.isEmpty() && !speaksOpenCl12(device.version())) {
        flaw = Optional.of("speaks \"" + device.version() + "\", OpenCL 1.2 is needed");
      }
      flaw.ifPresent(reason -> skipped.add(label + " (" + device.name() + ") " + reason));
      return flaw.isEmpty() ? Optional.of(device) : Optional.empty();
    } catch (OpenClException e) {
      skipped.add(label + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  private static boolean speaksOpenCl12(String version) {
    Matcher matcher = VERSION.matcher(version);
    if (!matcher.matches()) {
      return false;
    }
    int major = Integer.parseInt(matcher.group(1));
    return major > 1 || (major == 1 && Integer.parseInt(matcher.group(2)) >= 2);
  }

  /** JOCL reports two different failures by one error class; the user must do different things. */
  private static String missingLibrary(LinkageError error) {
    String message = String.valueOf(error.getMessage());
    if (error instanceof UnsatisfiedLinkError && message.contains("Implementation library")) {
      return "libOpenCL is not installed";
    }
    String firstLine = message.lines().findFirst().orElse("no message");
    return "JOCL's native library cannot be loaded: " + firstLine;
  }

  private static String advice(String operatingSystem) {
    String os = operatingSystem.toLowerCase(Locale.ROOT);
    if (os.contains("windows")) {
      return "install the graphics driver of your GPU's vendor, which brings OpenCL, or"
          + " Intel's OpenCL runtime for CPUs";
    }
    if (os.contains("mac") || os.contains("darwindows")) {
      return "macOS brings OpenCL for its own GPUs; elsewhere `brew install pocl` serves the CPU";
    }
    return "install your GPU vendor's OpenCL package, or for the CPU: Debian/Ubuntu"
        + " `apt-get install pocl-opencl-icd`, Fedora `dnf install pocl`, Arch `pacman -S pocl`";
  }
}
