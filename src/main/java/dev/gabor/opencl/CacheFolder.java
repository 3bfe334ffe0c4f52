package dev.gabor.opencl;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Where files that can be made again are kept: the system property {@code gabor.cache}, else the
 * environment variable {@code GABOR_CACHE}, else the operating system's folder for caches. The
 * value {@code off} keeps nothing.
 */
public final class CacheFolder {
  private CacheFolder() {}

  /** The sub-folder of that name, which need not exist yet; empty if caching is off. */
  public static Optional<Path> named(String name) {
    Map<String, String> environment = System.getenv();
    String chosen = System.getProperty("gabor.cache", environment.getOrDefault("GABOR_CACHE", ""));
    Optional<Path> folder =
        resolve(
            chosen,
            System.getProperty("os.name"),
            environment,
            Path.of(System.getProperty("user.home")));
    // No lambda: this is asked for in the start of every command.
    return folder.isPresent() ? Optional.of(folder.get().resolve(name)) : Optional.empty();
  }

  static Optional<Path> resolve(
      String chosen, String operatingSystem, Map<String, String> environment, Path home) {
    if (chosen.equalsIgnoreCase("off")) {
      return Optional.empty();
    }
    if (!chosen.isBlank()) {
      return Optional.of(Path.of(chosen).toAbsolutePath());
    }
    String os = operatingSystem.toLowerCase(Locale.ROOT);
    if (os.startsWith("windows")) {
      String local = environment.getOrDefault("LOCALAPPDATA", "");
      Path parent = local.isBlank() ? home.resolve("AppData").resolve("Local") : Path.of(local);
      return Optional.of(parent.resolve("gabor"));
    }
    if (os.startsWith("mac")) {
      return Optional.of(home.resolve("Library").resolve("Caches").resolve("gabor"));
    }
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path parent = xdg.isBlank() ? home.resolve(".cache") : Path.of(xdg);
    return Optional.of(parent.resolve("gabor"));
  }
}
