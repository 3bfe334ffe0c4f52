package dev.gabor.doctor;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Where the doctor looks.
 *
 * @param variables the environment of the process
 * @param operatingSystem as Java names it, for example "Linux"
 * @param root the folder that stands for {@code /}
 */
public record Surroundings(Map<String, String> variables, String operatingSystem, Path root) {
  /** Copies the variables. */
  public Surroundings {
    variables = Map.copyOf(variables);
  }

  /** This machine. */
  public static Surroundings here() {
    return new Surroundings(System.getenv(), System.getProperty("os.name"), Path.of("/"));
  }

  /** The value of a variable, if it is set and not empty. */
  Optional<String> variable(String name) {
    String value = variables.getOrDefault(name, "");
    return value.isBlank() ? Optional.empty() : Optional.of(value);
  }

  /** Whether an ICD entry names a driver, working or not; never where there are no such entries. */
  public boolean namesDrivers() {
    return !IcdEntries.find(this).isEmpty();
  }

  /** The path of a file of the machine, given without the leading slash. */
  Path path(String relative) {
    return root.resolve(relative);
  }

  boolean isWindows() {
    return operatingSystem.toLowerCase(Locale.ROOT).startsWith("windows");
  }

  boolean isMac() {
    return operatingSystem.toLowerCase(Locale.ROOT).startsWith("mac");
  }

  /** Whether drivers are named by files in a folder, as they are nearly everywhere but there. */
  boolean hasIcdFiles() {
    return !isWindows() && !isMac();
  }
}
