package dev.gabor.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The GPUs on the PCI bus of a Linux machine, whether a driver knows them or not. */
final class Gpus {
  /** Display controllers, and processing accelerators. */
  private static final List<String> CLASSES = List.of("0x03", "0x12");

  private Gpus() {}

  /** Whose GPUs there are. */
  static Set<GpuVendor> find(Surroundings machine) {
    Set<GpuVendor> vendors = EnumSet.noneOf(GpuVendor.class);
    Path devices = machine.path("sys/bus/pci/devices");
    if (!Files.isDirectory(devices)) {
      return vendors;
    }
    try (Stream<Path> folders = Files.list(devices)) {
      folders
          .filter(folder -> CLASSES.stream().anyMatch(read(folder.resolve("class"))::startsWith))
          .map(folder -> GpuVendor.ofPciId(read(folder.resolve("vendor"))))
          .flatMap(Optional::stream)
          .forEach(vendors::add);
    } catch (IOException e) {
      // A bus that cannot be read tells of no GPU.
      return vendors;
    }
    return vendors;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
