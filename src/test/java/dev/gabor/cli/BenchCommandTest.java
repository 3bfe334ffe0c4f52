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
    assertThat(json)
        .containsOnlyKeys("device", "peak_gflops", "peak_gb_s", "properties", "results");

    // As if the forward pass had become a thousand times slower, and another as much faster.
    Path older = folder.resolve("older.json");
    json.put("peak_gflops", 2e6);
    Files.writeString(older, scaled(json));
    CommandLineRun second =
        bench(
            "--model", "lenet", "--batch", "2", "--conv", SHAPE, "--compare", older, "--json", "-");
    assertThat(second.code()).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(second.err())
        .contains("conv2d forward 1,2,5,5,3,3,3,1,1,1,1")
        .contains("% slower", "the measured peak itself changed by -")
        .doesNotContain("conv2d backward_data")
        .contains(" 2 new"); // the rows of the model
    assertThat(second.out().lines()).hasSize(1);
    assertThat(JsonParser.object().from(second.out()).getArray("results")).hasSize(14);
  }

  @Test
  void profileWritesATraceOfEveryCaseAndItsTables() throws IOException, JsonParserException {
    Path trace = folder.resolve("trace.json");
    CommandLineRun run =
        bench("--model", "lenet", "--batch", "1", "--conv", SHAPE, "--profile", trace, "--csv");
    assertThat(run.code()).isZero();
    assertThat(run.err())
        .contains("profile of lenet train batch 1")
        .contains("profile of lenet infer batch 1")
        .contains("conv1: convolution forward")
        .contains("5 runs, ");
    JsonObject json = JsonParser.object().from(Files.readString(trace));
    assertThat(json.getArray("traceEvents"))
        .extracting(event -> ((JsonObject) event).getObject("args").getString("layer"))
        .contains("lenet train batch 1, conv1", "lenet infer batch 1, conv1")
        .anyMatch(layer -> layer.contains("conv2d backward_weight"));
  }

  @Test
  void measuresNamedOperatorsAlone() throws JsonParserException {
    CommandLineRun run = bench("--operator", "clip_norm", "--operator", "softmax", "--json", "-");
    assertThat(run.code()).isZero();
    assertThat(JsonParser.object().from(run.out()).getArray("results"))
        .extracting(row -> ((JsonObject) row).getString("op"))
        .filteredOn(operator -> !operator.equals("ceiling"))
        .containsExactly("clip_norm", "softmax", "softmax");
  }

  @Test
  void drawsWhatWasMeasuredBefore() throws IOException {
    Path json = folder.resolve("one.json");
    Path page = folder.resolve("one.html");
    assertThat(bench("--conv", SHAPE, "--json", json, "--html", page).code()).isZero();
    assertThat(page).content().startsWith("<!DOCTYPE html>").contains("<h2>Roofline</h2>");
    Path both = folder.resolve("both.html");
    CommandLineRun drawn = bench("--from", json, json, "--html", both);
    assertThat(drawn.code()).isZero();
    assertThat(drawn.err()).isEmpty();
    assertThat(both).content().contains("<h2>Comparison</h2>");
    assertRefused("--from draws a page: say where to by --html", "--from", json);
    assertRefused("none.json: cannot be read", "--from", "none.json", "--html", both);
  }

  @Test
  void refusesBadInputBeforeItMeasures() throws IOException {
    Path wrong = folder.resolve("wrong.json");
    Files.writeString(wrong, "[]");
    assertRefused("convolution 1,2,3: expected N,C,H,W", "--conv", "1,2,3");
    assertRefused("unknown operator conv; there are add, multiply", "--operator", "conv");
    assertRefused("unknown model alexnet", "--model", "alexnet");
    assertRefused("batch is 0", "--model", "lenet", "--batch", "0");
    assertRefused("--model", "--batch", "3");
    assertRefused("wrong.json: expected a benchmark", "--compare", wrong);
    assertRefused("missing.json: cannot be read", "--compare", folder.resolve("missing.json"));
    assertRefused("--budget: expected at least 1 second, found 0", "--budget", "0");
    assertRefused("mutually exclusive", "--csv", "--markdown");
  }

  private static String scaled(JsonObject json) {
    for (Object result : json.getArray("results")) {
      JsonObject object = (JsonObject) result;
      double factor = object.getString("pass").equals("forward") ? 1e-3 : 1e3;
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
