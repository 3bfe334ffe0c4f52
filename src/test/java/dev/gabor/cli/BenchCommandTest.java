package dev.gabor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import com.grack.nanojson.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
  private static final String SHAPE = "1,2,5,5,3,3,3,1,1";

  @TempDir private Path folder;

  @Test
  void writesJsonAndComparesWithIt() throws IOException, JsonParserException {
    Path file = folder.resolve("bench.json");
    CommandLineRun first = bench("--conv", SHAPE, "--json", file, "--csv");
    assertThat(first.code()).isZero();
    assertThat(first.out()).startsWith("operator,pass,shape").contains("conv2d,backward_weight,");
    JsonObject json = JsonParser.object().from(Files.readString(file));
    assertThat(json).containsOnlyKeys("device", "peak_gflops", "peak_gb_s", "results");

    // As if every time had been, or were to be, a thousand times this one.
    Path slow = folder.resolve("slow.json");
    Files.writeString(slow, scaled(json, 1e3));
    CommandLineRun faster =
        bench("--model", "lenet", "--batch", "2", "--conv", SHAPE, "--compare", slow, "--markdown");
    assertThat(faster.code()).isZero();
    assertThat(faster.out()).contains("% faster |").contains("| new |");
    Path fast = folder.resolve("fast.json");
    Files.writeString(fast, scaled(json, 1e-3));
    CommandLineRun slower = bench("--conv", SHAPE, "--compare", fast, "--json", "-");
    assertThat(slower.code()).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(slower.err()).contains("conv2d forward 1,2,5,5,3,3,3,1,1,1,1").contains("% slower");
    assertThat(JsonParser.object().from(slower.out())).containsKey("results");
  }

  @Test
  void refusesBadInputBeforeItMeasures() throws IOException {
    Path wrong = folder.resolve("wrong.json");
    Files.writeString(wrong, "[]");
    assertRefused("convolution 1,2,3: expected N,C,H,W", "--conv", "1,2,3");
    assertRefused("unknown model alexnet", "--model", "alexnet");
    assertRefused("batch is 0", "--model", "lenet", "--batch", "0");
    assertRefused("--model", "--batch", "3");
    assertRefused("wrong.json: expected a benchmark", "--compare", wrong);
    assertRefused("missing.json: cannot be read", "--compare", folder.resolve("missing.json"));
    assertRefused("mutually exclusive", "--csv", "--markdown");
  }

  private static String scaled(JsonObject json, double factor) {
    for (Object result : json.getArray("results")) {
      JsonObject object = (JsonObject) result;
      object.put("median_ms", object.getDouble("median_ms") * factor);
      object.put("spread_percent", 0);
    }
    return JsonWriter.string(json);
  }

  private static void assertRefused(String reason, Object... args) {
    CommandLineRun run = bench(args);
    assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains(reason);
  }

  private static CommandLineRun bench(Object... args) {
    Object[] all = new Object[args.length + 4];
    all[0] = "bench";
    all[1] = "--device";
    all[2] = "cpu";
    all[3] = "--quick";
    System.arraycopy(args, 0, all, 4, args.length);
    return CommandLineRun.of(all);
  }
}
