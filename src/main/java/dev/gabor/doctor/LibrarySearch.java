package dev.gabor.doctor;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds a shared library as the dynamic linker of Linux would, and in folders that it may miss. */
final class LibrarySearch {
  /** Beside the linker's own folders, where containers and NVIDIA's installer put drivers. */
  private static final List<String> FOLDERS =
      List.of(
          "lib/x86_64-linux-gnu",
          "usr/lib/x86_64-linux-gnu",
          "lib/aarch64-linux-gnu",
          "usr/lib/aarch64-linux-gnu",
          "lib64",
          "usr/lib64",
          "lib",
          "usr/lib",
          "usr/local/lib",
          "usr/lib/x86_64-linux-gnu/nvidia/current",
          "usr/lib64/nvidia",
          "usr/lib/nvidia",
          "usr/local/nvidia/lib64",
          "usr/local/nvidia/lib",
          "opt/nvidia/lib64",
          "run/opengl-driver/lib",
          "usr/lib/wsl/lib");

  private final Surroundings machine;
  private final List<String> linkerCache;

  LibrarySearch(Surroundings machine) {
    this(machine, machine.hasIcdFiles() ? linkerCache(machine) : List.of());
  }

  LibrarySearch(Surroundings machine, List<String> linkerCache) {
    this.machine = machine;
    this.linkerCache = List.copyOf(linkerCache);
  }

  /** The file that a name or path means; empty if there is none. */
  Optional<Path> find(String library) {
    Path path = Path.of(library);
    if (path.isAbsolute()) {
      return Optional.of(path).filter(Files::exists);
    }
    return Stream.of(loadPath(), cached(library), usual(library))
        .flatMap(folders -> folders)
        .map(folder -> folder.resolve(library))
        .filter(Files::exists)
        .findFirst();
  }

  private Stream<Path> loadPath() {
    return machine.variable("LD_LIBRARY_PATH").stream()
        .flatMap(value -> Arrays.stream(value.split(File.pathSeparator)))
        .filter(folder -> !folder.isBlank())
        .map(Path::of);
  }

  // A line reads "	libfoo.so.1 (libc6,x86-64) => /usr/lib/libfoo.so.1"; that of the 32-bit variant
  // has no word after libc6.
  private Stream<Path> cached(String library) {
    return linkerCache.stream()
        .map(String::strip)
        .filter(
            line -> line.startsWith(library + " (") && line.contains(",") && line.contains("=>"))
        .map(line -> Path.of(line.substring(line.indexOf("=>") + 2).strip()))
        .map(file -> machine.root().resolve(Path.of("/").relativize(file)).getParent());
  }

  private Stream<Path> usual(String library) {
    return FOLDERS.stream().map(machine::path).filter(folder -> !library.isEmpty());
  }

  private static List<String> linkerCache(Surroundings machine) {
    for (String program : List.of("sbin/ldconfig", "usr/sbin/ldconfig")) {
      Path file = machine.path(program);
      if (Files.isExecutable(file)) {
        try {
          Process process =
              new ProcessBuilder(file.toString(), "-p")
                  .redirectError(ProcessBuilder.Redirect.DISCARD)
                  .start();
          process.getOutputStream().close();
          return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .toList();
        } catch (IOException e) {
          // Without the linker's cache the usual folders are left.
          return List.of();
        }
      }
    }
    return List.of();
  }
}
