package dev.gabor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import dev.gabor.Gabor;
import dev.gabor.opencl.Device;
import org.junit.jupiter.api.Test;

class DevicesCommandTest {
  @Test
  void listsEveryDeviceAndTheChoice() {
    CommandLineRun run = CommandLineRun.of("devices");
    assertThat(run.code()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith("system: ").contains("loader: ", "probed: fp16 ");
    assertThat(Gabor.devices()).isNotEmpty();
    for (Device device : Gabor.devices()) {
      assertThat(run.out()).contains("  " + device.id() + " " + device.name() + "\n");
    }
    assertThat(run.out()).contains("cpu: the CPU reference").contains("auto takes opencl:");
  }

  @Test
  void writesJson() throws JsonParserException {
    CommandLineRun run = CommandLineRun.of("devices", "--json", "--self-test");
    assertThat(run.code()).isZero();
    assertThat(run.out().lines()).hasSize(1);
    JsonObject json = JsonParser.object().from(run.out());
    assertThat(json)
        .containsKeys("icd_files", "platforms", "skipped", "chosen", "reason", "remarks", "advice");
    assertThat(json.getString("chosen")).isEqualTo(Gabor.choose("auto").name());
    for (Object platform : json.getArray("platforms")) {
      for (Object device : ((JsonObject) platform).getArray("devices")) {
        assertThat((JsonObject) device)
            .containsKeys("fp16", "fp16_claimed", "fp64", "subgroups", "driver_version");
        JsonObject test = ((JsonObject) device).getObject("self_test");
        assertThat(test.getBoolean("passed")).isTrue();
        assertThat(test.getInt("cases")).isPositive();
      }
    }
    long listed =
        json.getArray("platforms").stream()
            .mapToLong(platform -> ((JsonObject) platform).getArray("devices").size())
            .sum();
    assertThat(listed).isEqualTo(Gabor.devices().size());
  }

  @Test
  void wrongUseIsOneLineAndCodeTwo() {
    for (CommandLineRun run :
        new CommandLineRun[] {
          CommandLineRun.of("devices", "--colour"), CommandLineRun.of("fly"),
        }) {
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.out()).isEmpty();
      assertThat(run.err().lines()).hasSize(1);
      assertThat(run.err()).startsWith("gabor");
    }
  }

  @Test
  void helpAndVersionAreResults() {
    assertThat(CommandLineRun.of("--help").out()).contains("devices");
    CommandLineRun version = CommandLineRun.of("--version");
    assertThat(version.code()).isZero();
    assertThat(version.out()).startsWith("gabor ");
  }
}
