package dev.gabor.cli;

import dev.gabor.doctor.Diagnosis;
import dev.gabor.doctor.DiagnosisJson;
import dev.gabor.doctor.DiagnosisText;
import dev.gabor.doctor.Doctor;
import dev.gabor.doctor.Surroundings;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists what is there, what was left out, what would be chosen and what to do about the rest. */
@Command(
    name = "devices",
    description = {
      "Lists every ICD file, platform and device, what each device can do by a probe, why one was"
          + " skipped, which one \"auto\" takes, and what to install.",
      "Drivers are asked in processes of their own: one that crashes gives a line. Exit code 1 if a"
          + " self-test fails."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class DevicesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "Write one JSON object to standard output.")
  private boolean json;

  @Option(
      names = "--self-test",
      description = "Compare each device with the CPU reference for two seconds.")
  private boolean selfTest;

  @Override
  public Integer call() {
    Diagnosis diagnosis = Doctor.of(Surroundings.here()).selfTest(selfTest).examine();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(DiagnosisJson.of(diagnosis));
    } else {
      out.print(DiagnosisText.of(diagnosis));
    }
    return diagnosis.passed() ? ExitCode.DONE : ExitCode.CHECK_FAILED;
  }
}
