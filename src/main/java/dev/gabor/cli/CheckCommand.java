package dev.gabor.cli;

import dev.gabor.backend.Backend;
import dev.gabor.check.CheckReport;
import dev.gabor.check.DeviceCheck;
import dev.gabor.check.JunitXml;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Checks a device against the CPU reference. */
@Command(
    name = "check",
    description = {
      "Checks every operator of a device against the CPU reference on random problems.",
      "Exit code 1 if a case fails; its line can be run again by --case."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class CheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private DeviceOption device;

  @Option(
      names = "--cases",
      paramLabel = "N",
      defaultValue = "5000",
      description = "Random problems; default ${DEFAULT-VALUE}.")
  private int cases;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "The same seed gives the same problems; default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--case", paramLabel = "LINE", description = "Run this problem alone.")
  private Optional<String> line;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the result as JSON; - is standard output, instead of the table.")
  private Optional<String> json;

  @Option(names = "--junit", paramLabel = "FILE", description = "Write the result as JUnit XML.")
  private Optional<String> junit;

  @Override
  public Integer call() {
    // A file that cannot be written must show now, not after minutes.
    try (ResultFile jsonFile = new ResultFile(json);
        ResultFile junitFile = new ResultFile(junit);
        Backend backend = device.open(spec.commandLine().getErr())) {
      return check(backend, jsonFile, junitFile);
    }
  }

  /** Checks a device and writes the result down; the exit code. */
  int check(Backend backend, ResultFile jsonFile, ResultFile junitFile) {
    DeviceCheck check = DeviceCheck.of(backend).cases(cases).seed(seed);
    CheckReport report = line.map(check::run).orElseGet(() -> runAll(check));
    PrintWriter out = spec.commandLine().getOut();
    jsonFile.write(report::toJson, out);
    junitFile.write(() -> JunitXml.of(report), out);
    if (!jsonFile.isStandardOutput() && !junitFile.isStandardOutput()) {
      out.print(report.toTable());
    }
    return report.passed() ? ExitCode.DONE : ExitCode.CHECK_FAILED;
  }

  private CheckReport runAll(DeviceCheck check) {
    if (!Progress.isTerminal()) {
      return check.run();
    }
    try (ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName("check")
            .setInitialMax(cases)
            .setConsumer(new ConsoleProgressBarConsumer(System.err))
            .clearDisplayOnFinish()
            .build()) {
      return check.listener(verdict -> bar.step()).run();
    }
  }
}
