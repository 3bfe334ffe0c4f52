package dev.gabor.doctor;

import dev.gabor.opencl.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What to do about what was found. */
final class Advice {
  private static final String LOADER = "libOpenCL.so.1";
  private static final String NVIDIA_LIBRARY = "libnvidia-opencl.so.1";

  private final Surroundings machine;
  private final LibrarySearch libraries;
  private final List<DriverFinding> drivers;
  private final List<DeviceFinding> devices;
  private final List<String> lines = new ArrayList<>();

  private Advice(
      Surroundings machine,
      LibrarySearch libraries,
      List<DriverFinding> drivers,
      List<DeviceFinding> devices) {
    this.machine = machine;
    this.libraries = libraries;
    this.drivers = drivers;
    this.devices = devices;
  }

  /** One line for each thing to be done, the most urgent first. */
  static List<String> on(
      Surroundings machine,
      LibrarySearch libraries,
      List<DriverFinding> drivers,
      List<DeviceFinding> devices) {
    Advice advice = new Advice(machine, libraries, drivers, devices);
    advice.dangerous();
    advice.loader();
    advice.nvidia();
    advice.gpus();
    advice.rusticl();
    advice.noDevice();
    return List.copyOf(advice.lines);
  }

  private void dangerous() {
    for (DriverFinding driver : drivers) {
      if (driver.dangerous()) {
        lines.add(
            ("%s ends or stops every program that uses OpenCL: remove or repair it, or set"
                    + " OCL_ICD_VENDORS to a folder that holds the other entries alone")
                .formatted(driver.entry().source()));
      }
    }
  }

  private void loader() {
    if (machine.hasIcdFiles() && libraries.find(LOADER).isEmpty()) {
      lines.add(LOADER + ", the OpenCL loader, is missing: " + install(Packages::loader));
    }
  }

  private void nvidia() {
    if (!machine.hasIcdFiles()
        || drivers.stream().anyMatch(driver -> driver.entry().library().contains("nvidia"))) {
      return;
    }
    Optional<Path> library = libraries.find(NVIDIA_LIBRARY);
    library.ifPresent(
        path ->
            lines.add(
                ("NVIDIA's OpenCL is at %s, but no ICD entry names it: as root, mkdir -p"
                        + " /etc/OpenCL/vendors && echo %s > /etc/OpenCL/vendors/nvidia.icd;"
                        + " or run with OCL_ICD_VENDORS=%s")
                    .formatted(path, path, path)));
  }

  private void gpus() {
    for (GpuVendor vendor : Gpus.find(machine)) {
      boolean driven =
          devices.stream()
              .map(DeviceFinding::device)
              .anyMatch(
                  device ->
                      device.type() == Device.Type.GPU
                          && vendor.isNamedIn(device.vendor() + " " + device.platformName()));
      if (!driven) {
        lines.add(
            "a GPU of %s is in this machine, but no driver shows it: %s"
                .formatted(vendor, install(system -> system.driver(vendor))));
      }
    }
  }

  private void rusticl() {
    boolean idle =
        drivers.stream()
            .flatMap(driver -> driver.platforms().stream())
            .anyMatch(
                platform -> platform.name().equals("rusticl") && platform.devices().isEmpty());
    if (idle && machine.variable("RUSTICL_ENABLE").isEmpty()) {
      lines.add(
          "Mesa's rusticl shows no device before it is told to: set RUSTICL_ENABLE to radeonsi"
              + " (AMD), iris (Intel), nouveau (NVIDIA) or llvmpipe (the CPU)");
    }
  }

  private void noDevice() {
    if (devices.isEmpty()) {
      lines.add("for OpenCL on the CPU: " + install(Packages::cpu));
    }
  }

  private String install(Function<Packages, String> how) {
    return Packages.of(machine).stream().map(how).collect(Collectors.joining("; "));
  }
}
