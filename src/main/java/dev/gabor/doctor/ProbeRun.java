package dev.gabor.doctor;

import dev.gabor.SignalChaining;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Runs {@link ProbeProcess} in processes of their own until one comes to its end: each leaves out
 * the stages that ended those before it.
 *
 * @param machine whose environment the processes get
 * @param folder for journals, logs and lists of drivers, which the caller deletes
 * @param patience after which a process that says nothing is ended
 */
record ProbeRun(Surroundings machine, Path folder, Duration patience) {
  private static final int MOST_PROCESSES = 12;
  private static final List<String> PASSED_ON =
      List.of("gabor.cache", "logback.configurationFile", "java.library.path");

  /**
   * What came of it.
   *
   * @param findings of the last process
   * @param deaths the stages that ended a process, in order, and how
   */
  record Outcome(Findings findings, Map<String, String> deaths) {
    /** Whether the drivers cannot even be listed without harm. */
    boolean isDangerous() {
      return deaths.containsKey(ProbeProcess.LOAD_STAGE)
          || deaths.containsKey(ProbeProcess.LIST_STAGE);
    }
  }

  /**
   * Runs the processes.
   *
   * @param tasks as {@link ProbeProcess} takes them
   * @param vendors the folder of the ICD files to be seen; empty leaves the environment as it is
   */
  Outcome run(List<String> tasks, Optional<Path> vendors) {
    Map<String, String> deaths = new LinkedHashMap<>();
    while (deaths.size() < MOST_PROCESSES) {
      List<String> all = new ArrayList<>(tasks);
      deaths.keySet().forEach(stage -> all.add(ProbeProcess.SKIP + stage));
      Path work = newFolder();
      Optional<String> death = start(all, vendors, work);
      Findings findings = Findings.of(lines(work.resolve("journal")), deaths);
      if (death.isEmpty()) {
        return new Outcome(findings, deaths);
      }
      String stage = findings.unfinished().orElse(ProbeProcess.LIST_STAGE);
      Optional<String> before = Optional.ofNullable(deaths.put(stage, death.get()));
      Outcome outcome = new Outcome(findings, deaths);
      if (outcome.isDangerous() || before.isPresent()) {
        return outcome;
      }
    }
    return new Outcome(Findings.NONE, deaths);
  }

  /** How the process died, if it did. */
  private Optional<String> start(List<String> tasks, Optional<Path> vendors, Path work) {
    List<String> arguments = new ArrayList<>(List.of(work.resolve("journal").toString()));
    arguments.addAll(tasks);
    List<String> command = JavaCommand.of(options(work), ProbeProcess.class.getName(), arguments);
    Path errors = work.resolve("stderr");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(work.resolve("stdout").toFile())
            .redirectError(errors.toFile());
    builder.environment().clear();
    builder.environment().putAll(machine.variables());
    SignalChaining.addTo(builder.environment());
    vendors.ifPresent(
        path -> {
          IcdEntries.variables().forEach(builder.environment()::remove);
          builder.environment().put("OCL_ICD_VENDORS", path.toString() + File.separator);
        });
    try {
      Process process = builder.start();
      if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
        return Optional.of("does not answer within " + patience.toSeconds() + " s");
      }
      int code = process.exitValue();
      return code == 0
          ? Optional.empty()
          : Optional.of(Death.describe(code, lines(errors), lines(work.resolve("crash.log"))));
    } catch (IOException e) {
      return Optional.of("cannot be started: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("was interrupted");
    }
  }

  private static List<String> options(Path work) {
    List<String> options = new ArrayList<>();
    // Starts faster, and leaves its traces where they are deleted.
    options.add("-XX:TieredStopAtLevel=1");
    options.add("-XX:-CreateCoredumpOnCrash");
    options.add("-XX:ErrorFile=" + work.resolve("crash.log"));
    for (String name : PASSED_ON) {
      Optional.ofNullable(System.getProperty(name))
          .ifPresent(value -> options.add("-D" + name + "=" + value));
    }
    return options;
  }

  private Path newFolder() {
    try {
      return Files.createTempDirectory(folder, "probe");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is there; bytes that are no text become question marks. */
  private static List<String> lines(Path file) {
    try {
      return Files.exists(file)
          ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList()
          : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
