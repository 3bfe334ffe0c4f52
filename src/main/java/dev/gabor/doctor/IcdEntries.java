package dev.gabor.doctor;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The entries that an OpenCL loader reads: {@code OCL_ICD_FILENAMES} (libraries), else {@code
 * OCL_ICD_VENDORS} (a folder, an ICD file or a library), {@code OPENCL_VENDOR_PATH} (a folder) or
 * {@code /etc/OpenCL/vendors}.
 *
 * <p>They are asked for in the start of every command, so finding them uses nothing that HotSpot
 * would make classes for.
 */
final class IcdEntries {
  private static final String SUFFIX = ".icd";
  private static final String LIBRARIES = "OCL_ICD_FILENAMES";
  private static final List<String> FOLDERS = List.of("OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH");
  private static final String STANDARD_FOLDER = "etc/OpenCL/vendors";

  private IcdEntries() {}

  /** The variables that change which drivers a loader finds. */
  static List<String> variables() {
    return Stream.concat(Stream.of(LIBRARIES), FOLDERS.stream()).toList();
  }

  /** All entries, in the order of their names; none where drivers are named in another way. */
  static List<IcdEntry> find(Surroundings machine) {
    if (!machine.hasIcdFiles()) {
      return List.of();
    }
    List<IcdEntry> entries = new ArrayList<>();
    for (String name : machine.variable(LIBRARIES).orElse("").split(File.pathSeparator, -1)) {
      if (!name.isBlank()) {
        entries.add(IcdEntry.of(LIBRARIES, name.strip()));
      }
    }
    for (String variable : FOLDERS) {
      if (machine.variable(variable).isPresent()) {
        entries.addAll(named(variable, machine.variable(variable).get()));
        return entries;
      }
    }
    entries.addAll(folder(machine.path(STANDARD_FOLDER)));
    return entries;
  }

  private static List<IcdEntry> named(String variable, String value) {
    Path path = Path.of(value);
    if (Files.isDirectory(path)) {
      return folder(path);
    }
    if (value.endsWith(SUFFIX)) {
      return List.of(read(path));
    }
    return value.endsWith("/")
        ? List.of(IcdEntry.broken(variable, "", "there is no folder " + value))
        : List.of(IcdEntry.of(variable, value));
  }

  private static List<IcdEntry> folder(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
      for (Path file : all) {
        if (file.getFileName().toString().endsWith(SUFFIX)) {
          files.add(file);
        }
      }
    } catch (IOException e) {
      return List.of(IcdEntry.broken(folder.toString(), "", "cannot be listed: " + e.getMessage()));
    }
    files.sort(null);
    List<IcdEntry> entries = new ArrayList<>();
    for (Path file : files) {
      entries.add(read(file));
    }
    return entries;
  }

  private static IcdEntry read(Path file) {
    String source = file.toString();
    try {
      // A library's name may hold any byte; what else stands in a broken file does not matter.
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      String library = text.lines().findFirst().orElse("").strip();
      return library.isEmpty()
          ? IcdEntry.broken(source, "", "names no library")
          : IcdEntry.of(source, library);
    } catch (IOException e) {
      return IcdEntry.broken(source, "", "cannot be read: " + e);
    }
  }
}
