package dev.gabor.cli;

import dev.gabor.SignalChaining;
import dev.gabor.doctor.JavaCommand;
import dev.gabor.doctor.Surroundings;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Runs a program once more in a JVM of its own that shares signals with the drivers (see {@link
 * SignalChaining}), which no JVM can begin to do when it runs. Standard streams, arguments, options
 * of the JVM and the exit code are the same; a signal that ends the first process ends the second.
 */
final class SecondProcess {
  /** {@code off} never starts one; the second process finds the first one's number in it. */
  static final String VARIABLE = "GABOR_RESTART";

  private static final int KILLED = 128 + 9;
  private static final long LOOK_MILLIS = 50;

  /** Words that lead to no driver, or to drivers in processes of their own. */
  private static final Set<String> HARMLESS = Set.of("devices", "-h", "--help", "-V", "--version");

  /** A debugger or profiler is attached to one process, and its port is taken. */
  private static final List<String> AGENTS =
      List.of("-agentlib:", "-agentpath:", "-javaagent:", "-Xrun");

  private SecondProcess() {}

  /**
   * Runs a class with these arguments in a second process, where that is needed.
   *
   * @return its exit code; empty where this process is the one to go on in
   */
  static OptionalInt run(Class<?> program, String... args) {
    parent().ifPresent(SecondProcess::follow);
    List<String> options = ManagementFactory.getRuntimeMXBean().getInputArguments();
    if (!isNeeded(args) || options.stream().anyMatch(SecondProcess::isAgent)) {
      return OptionalInt.empty();
    }
    List<String> all = Stream.concat(options.stream(), properties()).toList();
    ProcessBuilder builder =
        new ProcessBuilder(JavaCommand.of(all, program.getName(), List.of(args))).inheritIO();
    SignalChaining.addTo(builder.environment());
    builder.environment().put(VARIABLE, Long.toString(ProcessHandle.current().pid()));
    try {
      return OptionalInt.of(waitFor(builder.start()));
    } catch (IOException e) {
      // No process to be had: the first one is nearly always enough.
      return OptionalInt.empty();
    }
  }

  private static boolean isNeeded(String... args) {
    Map<String, String> environment = System.getenv();
    return environment.getOrDefault(VARIABLE, "").isEmpty()
        && !SignalChaining.isIn(environment)
        && SignalChaining.library().isPresent()
        && Arrays.stream(args).noneMatch(HARMLESS::contains)
        && Surroundings.here().namesDrivers();
  }

  private static boolean isAgent(String option) {
    return AGENTS.stream().anyMatch(option::startsWith);
  }

  /** Those that a program around this one, as Maven is, may have set without an option. */
  private static Stream<String> properties() {
    return System.getProperties().stringPropertyNames().stream()
        .filter(name -> name.startsWith("gabor.") || name.startsWith("logback."))
        .sorted()
        .map(name -> "-D" + name + "=" + System.getProperty(name));
  }

  private static int waitFor(Process process) {
    Thread end =
        new Thread(
            () -> {
              process.destroy();
              process.onExit().join();
            });
    Runtime.getRuntime().addShutdownHook(end);
    int code = process.onExit().join().exitValue();
    try {
      Runtime.getRuntime().removeShutdownHook(end);
    } catch (IllegalStateException e) {
      // A signal is ending this process, and has ended the other.
      return code;
    }
    return code;
  }

  private static Optional<Long> parent() {
    return Optional.ofNullable(System.getenv(VARIABLE))
        .filter(value -> value.matches("\\d{1,18}"))
        .map(Long::valueOf);
  }

  /** Ends this process soon after the first one, which may be killed without a word. */
  private static void follow(long pid) {
    Thread watch =
        new Thread(
            () -> {
              while (ProcessHandle.current().parent().filter(p -> p.pid() == pid).isPresent()) {
                pause();
              }
              Runtime.getRuntime().halt(KILLED);
            },
            "follow-first-process");
    watch.setDaemon(true);
    watch.start();
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
