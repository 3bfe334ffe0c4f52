package dev.gabor.doctor;

import java.util.Optional;

/**
 * One place that names a driver to the OpenCL loader.
 *
 * @param source the ICD file, or the environment variable that names the library itself
 * @param library the name or path of the driver's library; empty where the entry names none
 * @param problem why the loader can make nothing of it, if so
 */
public record IcdEntry(String source, String library, Optional<String> problem) {
  static IcdEntry of(String source, String library) {
    return new IcdEntry(source, library, Optional.empty());
  }

  static IcdEntry broken(String source, String library, String problem) {
    return new IcdEntry(source, library, Optional.of(problem));
  }
}
