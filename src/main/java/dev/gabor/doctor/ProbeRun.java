package dev.gabor.doctor;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

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
    List<String> command = command(work);
    command.addAll(tasks);
    Path errors = work.resolve("stderr");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(work.resolve("stdout").toFile())
            .redirectError(errors.toFile());
    builder.environment().clear();
    builder.environment().putAll(machine.variables());
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

  private static List<String> command(Path work) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // Starts faster, and leaves its traces where they are deleted.
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:-CreateCoredumpOnCrash");
    command.add("-XX:ErrorFile=" + work.resolve("crash.log"));
    for (String name : PASSED_ON) {
      Optional.ofNullable(System.getProperty(name))
          .ifPresent(value -> command.add("-D" + name + "=" + value));
    }
    command.addAll(List.of("-cp", classPath(), ProbeProcess.class.getName()));
    command.add(work.resolve("journal").toString());
    return command;
  }

  /** That of this process, which under Maven is the class loader's and not the JVM's. */
  private static String classPath() {
    if (ProbeRun.class.getClassLoader() instanceof URLClassLoader loader) {
      return Arrays.stream(loader.getURLs())
          .map(ProbeRun::path)
          .collect(Collectors.joining(File.pathSeparator));
    }
    return System.getProperty("java.class.path");
  }

  private static String path(URL url) {
    try {
      return Path.of(url.toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(url.toString(), e);
    }
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
