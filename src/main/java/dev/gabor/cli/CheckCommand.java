package dev.gabor.cli;

import dev.gabor.backend.Backend;
import dev.gabor.check.CheckReport;
import dev.gabor.check.DeviceCheck;
import dev.gabor.check.JunitXml;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
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
  private static final String STANDARD_OUTPUT = "-";

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
    PrintWriter out = spec.commandLine().getOut();
    try (Backend backend = device.open(spec.commandLine().getErr())) {
      DeviceCheck check = DeviceCheck.of(backend).cases(cases).seed(seed);
      CheckReport report = line.map(check::run).orElseGet(check::run);
      json.ifPresent(file -> write(file, report.toJson(), out));
      junit.ifPresent(file -> write(file, JunitXml.of(report), out));
      boolean taken = json.filter(STANDARD_OUTPUT::equals).isPresent();
      if (!taken && junit.filter(STANDARD_OUTPUT::equals).isEmpty()) {
        out.print(report.toTable());
      }
      return report.passed() ? ExitCode.DONE : ExitCode.CHECK_FAILED;
    }
  }

  private static void write(String file, String text, PrintWriter out) {
    if (file.equals(STANDARD_OUTPUT)) {
      out.println(text);
      return;
    }
    try (AtomicFile target = new AtomicFile(Path.of(file))) {
      target.line(text);
      target.commit();
    }
  }
}
