package dev.gabor.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The program {@code gabor}; without arguments it trains on the embedded stroke digits. */
@Command(
    name = "gabor",
    description = "Trains convolutional neural networks on any OpenCL device.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TrainCommand.class,
      EvaluateCommand.class,
      PredictCommand.class,
      ShowCommand.class,
      BenchCommand.class,
      CheckCommand.class,
      TuneCommand.class,
      FilterCommand.class,
      DevicesCommand.class
    })
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
        new CommandLine(new Main())
            .setOut(out)
            .setErr(err)
            .setParameterExceptionHandler(failures)
            .setExecutionExceptionHandler(failures)
            .execute(args.length == 0 ? new String[] {"train"} : args);
    out.flush();
    err.flush();
    return code;
  }

  /** The time since the program began, less what the JVM took to come so far. */
  static double secondsSinceStart() {
    return (System.nanoTime() - STARTED) / NANOS;
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
