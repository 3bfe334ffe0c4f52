package dev.gabor.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The program {@code gabor}; without arguments it trains on the embedded stroke digits. */
@Command(
    name = "gabor",
    description = "Trains convolutional neural networks on any OpenCL device.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND")
public final class Main {
  private static final String LOG_SETTINGS = "logback.configurationFile";
  private static final double NANOS = 1e9;
  private static final long STARTED = System.nanoTime();

  /**
   * Starts, in a second process where drivers need one; ends the JVM only where something went
   * wrong.
   */
  public static void main(String[] args) {
    int code = SecondProcess.run(Main.class, args).orElseGet(() -> runHere(args));
    if (code != ExitCode.DONE) {
      System.exit(code);
    }
  }

  private static int runHere(String[] args) {
    // Not logback.xml at the root of the jar: that would rule the logs of programs around Gabor.
    if (System.getProperty(LOG_SETTINGS) == null) {
      System.setProperty(LOG_SETTINGS, "dev/gabor/cli/logback.xml");
    }
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    return execute(out, err, args);
  }

  /**
   * Runs a command line.
   *
   * @param out results
   * @param err log and progress
   * @return the exit code
   */
  static int execute(PrintWriter out, PrintWriter err, String... args) {
    ExitCode failures = new ExitCode();
    int code =
        commandLine(args.length == 0 ? "train" : args[0])
            .setOut(out)
            .setErr(err)
            .setParameterExceptionHandler(failures)
            .setExecutionExceptionHandler(failures)
            .execute(args.length == 0 ? new String[] {"train"} : args);
    out.flush();
    err.flush();
    return code;
  }

  /** Picocli describes a command by reflection, which takes time: one that is named comes alone. */
  private static CommandLine commandLine(String word) {
    Map<String, Supplier<Object>> all = Commands.all();
    CommandLine line = new CommandLine(new Main());
    all.forEach(
        (name, command) -> {
          if (name.equals(word) || !all.containsKey(word)) {
            line.addSubcommand(name, command.get());
          }
        });
    return line;
  }

  /** The time since the program began, less what the JVM took to come so far. */
  static double secondsSinceStart() {
    return (System.nanoTime() - STARTED) / NANOS;
  }

  /** By their names, in the order of the help. */
  private static final class Commands {
    static Map<String, Supplier<Object>> all() {
      Map<String, Supplier<Object>> all = new LinkedHashMap<>();
      all.put("train", TrainCommand::new);
      all.put("evaluate", EvaluateCommand::new);
      all.put("predict", PredictCommand::new);
      all.put("show", ShowCommand::new);
      all.put("bench", BenchCommand::new);
      all.put("check", CheckCommand::new);
      all.put("tune", TuneCommand::new);
      all.put("filter", FilterCommand::new);
      all.put("devices", DevicesCommand::new);
      return all;
    }
  }

  /** The version from the manifest of the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"gabor " + (version == null ? "(not from a jar)" : version)};
    }
  }
}
