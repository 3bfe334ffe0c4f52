package dev.gabor.doctor;

import java.util.List;
import java.util.stream.Stream;

/**
 * What the doctor found.
 *
 * @param system operating system, Java and processors in one line
 * @param loader where libOpenCL was found, or that it was not
 * @param drivers one for each ICD entry, in their order
 * @param platforms those that no ICD entry led to
 * @param skipped lines about what was left out when all drivers were asked together
 * @param choice what {@code auto} takes
 * @param advice what to do or to install, one line each; empty where all is well
 */
public record Diagnosis(
    String system,
    String loader,
    List<DriverFinding> drivers,
    List<PlatformFinding> platforms,
    List<String> skipped,
    ChoiceFinding choice,
    List<String> advice) {
  /** Copies the lists. */
  public Diagnosis {
    drivers = List.copyOf(drivers);
    platforms = List.copyOf(platforms);
    skipped = List.copyOf(skipped);
    advice = List.copyOf(advice);
  }

  /** All platforms, however they were found. */
  public List<PlatformFinding> allPlatforms() {
    return Stream.concat(
            drivers.stream().flatMap(driver -> driver.platforms().stream()), platforms.stream())
        .toList();
  }

  /** All devices. */
  public List<DeviceFinding> devices() {
    return allPlatforms().stream().flatMap(platform -> platform.devices().stream()).toList();
  }

  /** Whether every device passed its self-test, of those that had one. */
  public boolean passed() {
    return devices().stream()
        .flatMap(device -> device.selfTest().stream())
        .allMatch(test -> test.problem().isEmpty());
  }

  /** Every line about something left out, each once. */
  public List<String> allSkipped() {
    return Stream.concat(
            drivers.stream()
                .flatMap(
                    driver ->
                        driver.skipped().stream()
                            .map(line -> driver.entry().source() + ": " + line)),
            skipped.stream())
        .distinct()
        .toList();
  }
}
