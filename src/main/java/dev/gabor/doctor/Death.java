package dev.gabor.doctor;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How a process ended that should not have. */
final class Death {
  /** The JVM's exit code for a signal is this much larger than the signal's number. */
  private static final int SIGNAL_BASE = 128;

  private static final Map<Integer, String> SIGNALS =
      Map.of(
          4, "SIGILL", 6, "SIGABRT", 7, "SIGBUS", 8, "SIGFPE", 9, "SIGKILL", 11, "SIGSEGV", 15,
          "SIGTERM");

  private Death() {}

  /**
   * Describes it, to follow a subject.
   *
   * @param exitCode of the process
   * @param errors what it wrote to its standard error
   * @param crashLog what a JVM leaves behind when native code makes it crash; empty if nothing
   */
  static String describe(int exitCode, List<String> errors, List<String> crashLog) {
    Optional<String> frame = frame(crashLog);
    if (frame.isPresent()) {
      return "ends the process by " + crashSignal(crashLog) + " in " + frame.get();
    }
    String how =
        exitCode > SIGNAL_BASE
            ? "ends the process by " + signal(exitCode - SIGNAL_BASE)
            : "ends the process with code " + exitCode;
    return errors.stream()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("at "))
        .findFirst()
        .map(line -> how + ": " + line)
        .orElse(how);
  }

  private static String signal(int number) {
    String name = SIGNALS.get(number);
    return name == null ? "signal " + number : name;
  }

  // The JVM catches a signal, writes "#  SIGSEGV (0xb) at pc=…" and ends with a code of its own.
  private static String crashSignal(List<String> crashLog) {
    return crashLog.stream()
        .map(line -> line.replaceFirst("^#\\s+", ""))
        .filter(line -> line.startsWith("SIG"))
        .map(line -> line.replaceFirst(" .*", ""))
        .findFirst()
        .orElse("a crash");
  }

  // "# Problematic frame:" is followed by "# C  [libfoo.so.1+0x1234]  function".
  private static Optional<String> frame(List<String> crashLog) {
    for (int i = 0; i + 1 < crashLog.size(); i++) {
      if (crashLog.get(i).startsWith("# Problematic frame:")) {
        return Optional.of(crashLog.get(i + 1).replaceFirst("^# \\w\\s+", "").strip());
      }
    }
    return Optional.empty();
  }
}
