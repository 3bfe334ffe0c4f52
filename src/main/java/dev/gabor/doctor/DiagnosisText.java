package dev.gabor.doctor;

import dev.gabor.opencl.Device;
import java.util.Locale;
import java.util.stream.Collectors;

/** A diagnosis for people. */
public final class DiagnosisText {
  private static final double GIBIBYTE = 1L << 30;
  private static final double KIBIBYTE = 1L << 10;

  private final StringBuilder text = new StringBuilder();

  private DiagnosisText() {}

  /** The text, with a line end at its end. */
  public static String of(Diagnosis diagnosis) {
    DiagnosisText writer = new DiagnosisText();
    writer.write(diagnosis);
    return writer.text.toString();
  }

  private void write(Diagnosis diagnosis) {
    line("system: %s", diagnosis.system());
    line("loader: %s", diagnosis.loader());
    for (DriverFinding driver : diagnosis.drivers()) {
      line("%s", driver.entry().source());
      if (!driver.entry().library().isEmpty()) {
        line("  library %s", driver.entry().library());
      }
      driver.platforms().forEach(this::write);
      driver.skipped().forEach(skipped -> line("  skipped: %s", skipped));
    }
    diagnosis.platforms().forEach(this::write);
    line("cpu: the CPU reference in plain Java, always there");
    diagnosis.skipped().forEach(skipped -> line("skipped: %s", skipped));
    diagnosis.choice().remarks().forEach(remark -> line("%s", remark));
    line("auto takes %s: %s", diagnosis.choice().title(), diagnosis.choice().reason());
    diagnosis.advice().forEach(advice -> line("advice: %s", advice));
  }

  private void write(PlatformFinding platform) {
    line(
        "  platform %s: %s, %s",
        platform.index() < 0 ? "(not shown by the loader)" : Integer.toString(platform.index()),
        platform.name(),
        platform.version());
    platform.devices().forEach(this::write);
  }

  private void write(DeviceFinding found) {
    Device device = found.device();
    line("    %s %s", device.id(), device.name());
    line(
        "      %s by %s, %s, driver %s",
        device.type().name().toLowerCase(Locale.ROOT),
        device.vendor(),
        device.version(),
        device.driverVersion());
    line(
        "      %d compute units at %d MHz, %.1f GiB%s, at most %.1f GiB at once, %.0f KiB local",
        device.computeUnits(),
        device.clockMhz(),
        device.globalMemoryBytes() / GIBIBYTE,
        device.unifiedMemory() ? " shared with the host" : "",
        device.maxAllocationBytes() / GIBIBYTE,
        device.localMemoryBytes() / KIBIBYTE);
    if (!found.features().isEmpty()) {
      line(
          "      probed: %s",
          found.features().stream().map(DiagnosisText::describe).collect(Collectors.joining(", ")));
    }
    found
        .selfTest()
        .ifPresent(
            test ->
                line(
                    "      self-test: %s",
                    test.problem()
                        .map(problem -> "FAILED: " + problem)
                        .orElseGet(
                            () ->
                                "passed, %d cases in %.1f s"
                                    .formatted(test.cases(), test.seconds()))));
  }

  private static String describe(FeatureFinding finding) {
    String name = finding.feature().key();
    if (finding.works()) {
      return name + " yes" + (finding.claimed() ? "" : " (though not claimed)");
    }
    return name
        + " no"
        + (finding.claimed() ? " (though claimed: " + finding.problem().orElse("") + ")" : "");
  }

  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
