package dev.gabor;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The JDK's library that lets native code and HotSpot share signals, once it is preloaded.
 *
 * <p>LLVM, inside PoCL, rusticl and other drivers, takes SIGSEGV over whenever it has compiled a
 * kernel. HotSpot stops threads by that signal, and rarely, where two stop at once, the process
 * ends with status 139.
 */
public final class SignalChaining {
  /** The variable of Linux that names libraries to be loaded before all others. */
  public static final String VARIABLE = "LD_PRELOAD";

  private static final String NAME = "libjsig.so";

  private SignalChaining() {}

  /** The library of this JDK; empty everywhere but on Linux. */
  public static Optional<Path> library() {
    Path library = Path.of(System.getProperty("java.home"), "lib", NAME);
    return Files.exists(library) ? Optional.of(library) : Optional.empty();
  }

  /** Whether a process that starts with these variables shares its signals. */
  public static boolean isIn(Map<String, String> environment) {
    return environment.getOrDefault(VARIABLE, "").contains(NAME);
  }

  /** Adds the library, where there is one, to the variables of a process to be started. */
  public static void addTo(Map<String, String> environment) {
    Optional<Path> library = library();
    if (isIn(environment) || library.isEmpty()) {
      return;
    }
    String others = environment.getOrDefault(VARIABLE, "");
    String path = library.get().toString();
    environment.put(
        VARIABLE, others.isEmpty() ? path : path.concat(File.pathSeparator).concat(others));
  }
}
