package dev.gabor.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The options that this JVM was started with. */
final class JvmOptions {
  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

  /** They bring options that the command line does not show. */
  private static final List<String> VARIABLES =
      List.of("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS");

  private static final List<String> CLASS_PATHS = List.of("-cp", "-classpath", "--class-path");

  /** One word each, and meant for the JVM alone. */
  private static final List<String> SINGLE = List.of("-D", "-X", "-ea", "-da", "-esa", "-dsa");

  private JvmOptions() {}

  /**
   * All but the class path. The management bean knows them, but 60 ms go by until it is there, so a
   * plain command line is read first.
   *
   * @param args of the program
   */
  static List<String> ofThisProcess(String... args) {
    Optional<List<String>> seen = Optional.empty();
    try {
      if (Files.exists(COMMAND_LINE)) {
        String line = Files.readString(COMMAND_LINE, StandardCharsets.ISO_8859_1);
        seen = in(line.split("\0", -1), System.getenv(), args.length);
      }
    } catch (IOException e) {
      // The bean knows, too.
      seen = Optional.empty();
    }
    return seen.isPresent() ? seen.get() : ManagementFactory.getRuntimeMXBean().getInputArguments();
  }

  /**
   * The options in a command line that the launcher {@code java} was started with; empty where it
   * is not all plain to see.
   *
   * @param words with an empty one behind the last
   * @param arguments the number of those that reached the program
   */
  static Optional<List<String>> in(String[] words, Map<String, String> variables, int arguments) {
    for (String name : VARIABLES) {
      if (variables.containsKey(name)) {
        return Optional.empty();
      }
    }
    if (!words[0].equals("java") && !words[0].endsWith("/java")) {
      return Optional.empty();
    }
    List<String> options = new ArrayList<>();
    int at = 1;
    for (; at < words.length && words[at].startsWith("-"); at++) {
      if (words[at].equals("-jar")) {
        break;
      }
      if (CLASS_PATHS.contains(words[at])) {
        at++;
      } else if (isSingle(words[at])) {
        options.add(words[at]);
      } else {
        return Optional.empty();
      }
    }
    int program = at < words.length && words[at].equals("-jar") ? at + 1 : at;
    return program + 1 + arguments + 1 == words.length && !words[program].startsWith("@")
        ? Optional.of(options)
        : Optional.empty();
  }

  private static boolean isSingle(String word) {
    for (String beginning : SINGLE) {
      if (word.startsWith(beginning)) {
        return StandardCharsets.US_ASCII.newEncoder().canEncode(word);
      }
    }
    return false;
  }
}
