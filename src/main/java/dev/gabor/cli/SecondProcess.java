package dev.gabor.cli;

import dev.gabor.SignalChaining;
import dev.gabor.doctor.JavaCommand;
import dev.gabor.doctor.Surroundings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * Runs a program once more in a JVM of its own that shares signals with the drivers (see {@link
 * SignalChaining}), which no JVM can begin to do when it runs. Standard streams, arguments, options
 * of the JVM and the exit code are the same; a signal that ends the first process ends the second.
 *
 * <p>The second process has a {@link ClassArchive}, and the first one is all that comes on top of
 * it: up to where the second is started, it has no lambda, no stream and no strings joined by +,
 * which HotSpot would make classes for.
 */
final class SecondProcess {
  /** {@code off} never starts one; the second process finds the first one's number in it. */
  static final String VARIABLE = "GABOR_RESTART";

  private static final int KILLED = 128 + 9;
  private static final long LOOK_MILLIS = 50;
  private static final int LONGEST_COMMAND = 20;

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
    String first = System.getenv(VARIABLE);
    if (first != null && isNumber(first)) {
      follow(Long.parseLong(first));
      return OptionalInt.empty();
    }
    if (!isNeeded(args)) {
      return OptionalInt.empty();
    }
    List<String> options = JvmOptions.ofThisProcess(args);
    if (haveAgent(options)) {
      return OptionalInt.empty();
    }
    Optional<ClassArchive> archive =
        ClassArchive.of(command(program, args), JavaCommand.classPath(), options);
    List<String> all = new ArrayList<>(options);
    if (archive.isPresent()) {
      all.addAll(archive.get().options());
    }
    addProperties(all);
    ProcessBuilder builder =
        new ProcessBuilder(JavaCommand.of(all, program.getName(), List.of(args))).inheritIO();
    SignalChaining.addTo(builder.environment());
    builder.environment().put(VARIABLE, Long.toString(ProcessHandle.current().pid()));
    try {
      return OptionalInt.of(waitFor(builder.start(), archive));
    } catch (IOException e) {
      // No process to be had: the first one is nearly always enough.
      return OptionalInt.empty();
    }
  }

  private static boolean isNeeded(String... args) {
    Map<String, String> environment = System.getenv();
    if (!environment.getOrDefault(VARIABLE, "").isEmpty()
        || SignalChaining.isIn(environment)
        || SignalChaining.library().isEmpty()) {
      return false;
    }
    for (String arg : args) {
      if (HARMLESS.contains(arg)) {
        return false;
      }
    }
    return Surroundings.here().namesDrivers();
  }

  private static boolean haveAgent(List<String> options) {
    for (String option : options) {
      for (String agent : AGENTS) {
        if (option.startsWith(agent)) {
          return true;
        }
      }
    }
    return false;
  }

  /** The word that says what is run, where it can be part of a file's name. */
  private static String command(Class<?> program, String... args) {
    String word = args.length == 0 ? "" : args[0];
    for (int i = 0; i < word.length(); i++) {
      if (word.charAt(i) < 'a' || word.charAt(i) > 'z') {
        word = "";
      }
    }
    String name = program.getName();
    return word.isEmpty() || word.length() > LONGEST_COMMAND
        ? name.substring(name.lastIndexOf('.') + 1)
        : word;
  }

  /** Those that a program around this one, as Maven is, may have set without an option. */
  private static void addProperties(List<String> options) {
    for (String name : new TreeSet<>(System.getProperties().stringPropertyNames())) {
      if (name.startsWith("gabor.") || name.startsWith("logback.")) {
        options.add("-D".concat(name).concat("=").concat(System.getProperty(name)));
      }
    }
  }

  private static int waitFor(Process process, Optional<ClassArchive> archive) {
    Thread end =
        new Thread(
            () -> {
              process.destroy();
              int code = process.onExit().join().exitValue();
              archive.ifPresent(classes -> classes.end(code));
            });
    Runtime.getRuntime().addShutdownHook(end);
    int code = process.onExit().join().exitValue();
    archive.ifPresent(classes -> classes.end(code));
    try {
      Runtime.getRuntime().removeShutdownHook(end);
    } catch (IllegalStateException e) {
      // A signal is ending this process, and has ended the other.
      return code;
    }
    return code;
  }

  private static boolean isNumber(String text) {
    if (text.isEmpty() || text.length() > 18) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
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
