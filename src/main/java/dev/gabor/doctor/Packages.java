package dev.gabor.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What to install, system by system. */
enum Packages {
  DEBIAN(
      "Debian/Ubuntu",
      "debian ubuntu",
      "apt-get install ocl-icd-libopencl1",
      "apt-get install pocl-opencl-icd",
      "apt-get install mesa-opencl-icd (run with RUSTICL_ENABLE=radeonsi), or AMD's ROCm",
      "apt-get install intel-opencl-icd",
      "apt-get install nvidia-opencl-icd (Debian), nvidia-driver-NNN (Ubuntu)"),
  FEDORA(
      "Fedora",
      "fedora rhel centos",
      "dnf install ocl-icd",
      "dnf install pocl",
      "dnf install rocm-opencl, or mesa-libOpenCL (run with RUSTICL_ENABLE=radeonsi)",
      "dnf install intel-compute-runtime",
      "dnf install xorg-x11-drv-nvidia-cuda (RPM Fusion)"),
  ARCH(
      "Arch",
      "arch",
      "pacman -S ocl-icd",
      "pacman -S pocl",
      "pacman -S rocm-opencl-runtime, or opencl-mesa (run with RUSTICL_ENABLE=radeonsi)",
      "pacman -S intel-compute-runtime",
      "pacman -S opencl-nvidia"),
  WINDOWS(
      "Windows",
      "",
      "OpenCL.dll comes with the graphics driver of the GPU's vendor",
      "Intel's \"OpenCL Runtime for Intel Core and Xeon Processors\"",
      "AMD Software: Adrenalin Edition",
      "Intel's graphics driver",
      "NVIDIA's graphics driver"),
  MACOS(
      "macOS",
      "",
      "OpenCL is part of the system",
      "brew install pocl",
      "the system drives its own GPUs",
      "the system drives its own GPUs",
      "the system drives its own GPUs");

  private static final List<Packages> LINUX = List.of(DEBIAN, FEDORA, ARCH);

  private final String title;
  private final String ids;
  private final String loader;
  private final String cpu;
  private final String amd;
  private final String intel;
  private final String nvidia;

  Packages(
      String title,
      String ids,
      String loader,
      String cpu,
      String amd,
      String intel,
      String nvidia) {
    this.title = title;
    this.ids = ids;
    this.loader = loader;
    this.cpu = cpu;
    this.amd = amd;
    this.intel = intel;
    this.nvidia = nvidia;
  }

  /** Those of a machine: one where its system is known, else all of Linux. */
  static List<Packages> of(Surroundings machine) {
    if (machine.isWindows()) {
      return List.of(WINDOWS);
    }
    if (machine.isMac()) {
      return List.of(MACOS);
    }
    List<String> ids = releaseIds(machine.path("etc/os-release"));
    return LINUX.stream()
        .filter(system -> ids.stream().anyMatch(List.of(system.ids.split(" "))::contains))
        .findFirst()
        .map(List::of)
        .orElse(LINUX);
  }

  /** How the OpenCL loader is installed. */
  String loader() {
    return title + ": " + loader;
  }

  /** How a driver for the CPU is installed. */
  String cpu() {
    return title + ": " + cpu;
  }

  /** How a driver for a vendor's GPUs is installed. */
  String driver(GpuVendor vendor) {
    return title
        + ": "
        + switch (vendor) {
          case AMD -> amd;
          case INTEL -> intel;
          case NVIDIA -> nvidia;
        };
  }

  // ID=ubuntu and ID_LIKE="rhel fedora" say what a distribution is made from.
  private static List<String> releaseIds(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith("ID=") || line.startsWith("ID_LIKE="))
          .map(line -> line.substring(line.indexOf('=') + 1).replace("\"", ""))
          .flatMap(value -> Arrays.stream(value.split(" ")))
          .toList();
    } catch (IOException e) {
      // No such file: an unknown system.
      return List.of();
    }
  }
}
