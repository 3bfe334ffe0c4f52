package dev.gabor.cli;

import com.grack.nanojson.JsonStringWriter;
import com.grack.nanojson.JsonWriter;
import dev.gabor.DeviceChoice;
import dev.gabor.Gabor;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.OpenCl;
import dev.gabor.opencl.Platform;
import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists what is there, what was left out and what would be chosen. */
@Command(
    name = "devices",
    description =
        "Lists every platform and device, why one was skipped, and which one \"auto\" takes.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class DevicesCommand implements Runnable {
  private static final double GIBIBYTE = 1L << 30;

  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "Write one JSON object to standard output.")
  private boolean json;

  @Override
  public void run() {
    DeviceChoice choice = Gabor.choose("auto");
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(toJson(choice));
    } else {
      print(choice, out);
    }
  }

  private static void print(DeviceChoice choice, PrintWriter out) {
    for (Platform platform : OpenCl.platforms()) {
      out.printf("platform %d: %s, %s%n", platform.index(), platform.name(), platform.version());
      for (Device device : platform.devices()) {
        out.printf(
            Locale.ROOT,
            "  %s %s: %s, %d compute units, %d MHz, %.1f GiB (%.1f at once), driver %s%n",
            device.id(),
            device.name(),
            kind(device),
            device.computeUnits(),
            device.clockMhz(),
            device.globalMemoryBytes() / GIBIBYTE,
            device.maxAllocationBytes() / GIBIBYTE,
            device.driverVersion());
      }
    }
    out.printf("cpu: the CPU reference in plain Java, always there%n");
    OpenCl.skipped().forEach(line -> out.println("skipped: " + line));
    choice.remarks().forEach(out::println);
    out.println("auto takes " + choice.device().map(Device::title).orElse("cpu"));
  }

  private static String toJson(DeviceChoice choice) {
    JsonStringWriter json = JsonWriter.string().object().array("platforms");
    for (Platform platform : OpenCl.platforms()) {
      json.object()
          .value("index", platform.index())
          .value("name", platform.name())
          .value("vendor", platform.vendor())
          .value("version", platform.version())
          .array("devices");
      platform.devices().forEach(device -> write(device, json));
      json.end().end();
    }
    json.end();
    json.array("skipped", OpenCl.skipped());
    json.value("chosen", choice.name());
    json.array("remarks", choice.remarks());
    return json.end().done();
  }

  private static void write(Device device, JsonStringWriter json) {
    json.object()
        .value("id", device.id())
        .value("name", device.name())
        .value("vendor", device.vendor())
        .value("type", kind(device))
        .value("version", device.version())
        .value("driver_version", device.driverVersion())
        .value("compute_units", device.computeUnits())
        .value("clock_mhz", device.clockMhz())
        .value("memory_bytes", device.globalMemoryBytes())
        .value("max_allocation_bytes", device.maxAllocationBytes())
        .value("local_memory_bytes", device.localMemoryBytes())
        .value("fp16", device.has("cl_khr_fp16"))
        .end();
  }

  private static String kind(Device device) {
    return device.type().name().toLowerCase(Locale.ROOT);
  }
}
