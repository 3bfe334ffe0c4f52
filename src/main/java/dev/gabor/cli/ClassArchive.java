package dev.gabor.cli;

import dev.gabor.opencl.CacheFolder;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * The classes that a command loads, as HotSpot maps them into memory (class data sharing) instead
 * of reading and verifying them anew. The JVM of a command's first run writes its archive when it
 * ends, about 11 MB in 0.3 s; it appears in the cache folder by an atomic rename, and later runs
 * map it. The JVM itself refuses one that does not fit it or the jars, and goes on without. What
 * fails here costs time, never the run.
 */
final class ClassArchive {
  private static final String FOLDER = "classes";
  private static final String SUFFIX = ".jsa";
  private static final String LENGTH = ".length";
  private static final String TEMPORARY = ".tmp";

  /** The JVM ends with code 1 where it cannot write all of it. */
  private static final long ROOM_BYTES = 256L << 20;

  /** Those that change nothing about the classes; with others there may be no archive. */
  private static final List<String> HARMLESS =
      List.of("-D", "-Xmx", "-Xms", "-Xmn", "-Xss", "-Xlog:", "-ea", "-da");

  private static final int MOST_CODE = 3;
  private static final int INTERRUPTED = 128 + 2;
  private static final int ABORTED = 128 + 6;
  private static final int BUS_ERROR = 128 + 7;
  private static final int SEGMENTATION_FAULT = 128 + 11;
  private static final int TERMINATED = 128 + 15;

  private final Path file;
  private final Optional<Path> temporary;
  private boolean ended;

  private ClassArchive(Path file, Optional<Path> temporary) {
    this.file = file;
    this.temporary = temporary;
  }

  /**
   * The archive of a command, to be read or to be made; empty where there can be none.
   *
   * @param command names what is run: each command loads other classes
   * @param classPath of the JVM; folders cannot be archived
   * @param options of the JVM
   */
  static Optional<ClassArchive> of(String command, String classPath, List<String> options) {
    Optional<Path> folder = CacheFolder.named(FOLDER);
    if (folder.isEmpty() || !isHotSpot() || !areHarmless(options)) {
      return Optional.empty();
    }
    StringBuilder place = new StringBuilder(System.getProperty("java.home"));
    StringBuilder state = new StringBuilder(System.getProperty("java.vm.version"));
    for (String entry : classPath.split(File.pathSeparator, -1)) {
      File jar = new File(entry).getAbsoluteFile();
      if (!jar.isFile()) {
        return Optional.empty();
      }
      place.append(' ').append(jar);
      state.append(' ').append(jar.lastModified()).append(' ').append(jar.length());
    }
    String beginning = hash(place).concat("-").concat(command).concat("-");
    return in(folder.get(), beginning.concat(hash(state)).concat(SUFFIX));
  }

  private static Optional<ClassArchive> in(Path folder, String name) {
    Path file = folder.resolve(name);
    if (isWhole(file)) {
      return Optional.of(new ClassArchive(file, Optional.empty()));
    }
    try {
      Files.createDirectories(folder);
      if (!Files.isWritable(folder) || folder.toFile().getUsableSpace() < ROOM_BYTES) {
        return Optional.empty();
      }
    } catch (IOException e) {
      // The cache of programs says so, where it is needed.
      return Optional.empty();
    }
    String mark = Long.toString(ProcessHandle.current().pid());
    Path made = folder.resolve(name.concat(".").concat(mark).concat(TEMPORARY));
    return Optional.of(new ClassArchive(file, Optional.of(made)));
  }

  /** The JVM maps a file that was cut short, and dies; the length stands in another one. */
  private static boolean isWhole(Path file) {
    try {
      return Files.isReadable(file)
          && Files.readString(lengthFile(file)).equals(Long.toString(Files.size(file)));
    } catch (IOException e) {
      return false;
    }
  }

  private static Path lengthFile(Path file) {
    return file.resolveSibling(file.getFileName().toString().concat(LENGTH));
  }

  /** What the JVM is told; of archives that do not fit it says nothing. */
  List<String> options() {
    List<String> options = new ArrayList<>();
    options.add("-XX:+IgnoreUnrecognizedVMOptions");
    options.add("-Xshare:auto");
    // Compares checksums first, in some 10 ms: damage inside would crash the run.
    options.add("-XX:+VerifySharedSpaces");
    options.add("-Xlog:cds*=off");
    options.add(
        temporary.isPresent()
            ? "-XX:ArchiveClassesAtExit=".concat(temporary.get().toString())
            : "-XX:SharedArchiveFile=".concat(file.toString()));
    return options;
  }

  /**
   * Keeps what the JVM has written, if it came to an end of its own or by a signal that asked for
   * it, and forgets what it read, if it crashed: that may be why. The first call counts.
   *
   * @param code of its exit
   */
  synchronized void end(int code) {
    if (ended) {
      return;
    }
    ended = true;
    if (temporary.isPresent()) {
      keep(temporary.get(), code <= MOST_CODE || code == INTERRUPTED || code == TERMINATED);
    } else if (code == ABORTED || code == BUS_ERROR || code == SEGMENTATION_FAULT) {
      file.toFile().delete();
    }
  }

  private void keep(Path made, boolean whole) {
    try {
      if (whole && Files.exists(made)) {
        made.toFile().setWritable(true, true);
        try (FileChannel channel = FileChannel.open(made, StandardOpenOption.WRITE)) {
          channel.force(true);
        }
        Files.writeString(lengthFile(file), Long.toString(Files.size(made)));
        Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
        forgetFormer();
      }
    } catch (IOException e) {
      // The next run tries again.
      file.toFile().delete();
    } finally {
      made.toFile().delete();
    }
  }

  /** Archives of the same command from jars that have been replaced, and what was left undone. */
  private void forgetFormer() throws IOException {
    String name = file.getFileName().toString();
    String beginning = name.substring(0, name.lastIndexOf('-') + 1);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(file.getParent())) {
      for (Path other : files) {
        String otherName = other.getFileName().toString();
        boolean former = otherName.startsWith(beginning) && !otherName.startsWith(name);
        if ((former && !otherName.endsWith(TEMPORARY)) || isAbandoned(otherName)) {
          Files.deleteIfExists(other);
        }
      }
    }
  }

  private static boolean isAbandoned(String name) {
    if (!name.endsWith(TEMPORARY)) {
      return false;
    }
    String mark = name.substring(0, name.length() - TEMPORARY.length());
    long pid = Long.parseLong(mark.substring(mark.lastIndexOf('.') + 1));
    return ProcessHandle.of(pid).isEmpty();
  }

  private static String hash(CharSequence text) {
    CRC32 crc = new CRC32();
    crc.update(text.toString().getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(crc.getValue());
  }

  private static boolean isHotSpot() {
    String name = System.getProperty("java.vm.name");
    return name.contains("OpenJDK") || name.contains("HotSpot");
  }

  private static boolean areHarmless(List<String> options) {
    for (String option : options) {
      boolean harmless = false;
      for (String beginning : HARMLESS) {
        harmless |= option.startsWith(beginning);
      }
      if (!harmless) {
        return false;
      }
    }
    return true;
  }
}
