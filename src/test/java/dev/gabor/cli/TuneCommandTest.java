package dev.gabor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gabor tune}, and the commands that take what it found. */
class TuneCommandTest {
  private static final String CACHE = "gabor.cache";
  private static final String SHAPE = "2,16,8,8,16,3,3,1,1";

  @TempDir private Path folder;
  private String cache;

  @BeforeEach
  void ownCache() {
    cache = System.getProperty(CACHE);
    System.setProperty(CACHE, folder.resolve("cache").toString());
  }

  @AfterEach
  void formerCache() {
    System.setProperty(CACHE, cache);
  }

  @Test
  void keepsWhatItMeasuredForOtherCommands() throws JsonParserException {
    CommandLineRun first = opencl("tune", "--conv", SHAPE, "--json", "-");
    assertThat(first.code()).as(first.err()).isZero();
    assertThat(first.err()).contains("tuning: 3 convolutions measured", "0 known, 0 left");
    JsonObject report = JsonParser.object().from(first.out());
    assertThat(report).containsOnlyKeys("device", "results", "known", "left", "refused");
    assertThat(report.getArray("refused")).isEmpty();
    JsonObject forward = report.getArray("results").getObject(0);
    assertThat(forward.getString("shape")).isEqualTo("2,16,8,8,16,3,3,1,1,1,1");
    String best = forward.getArray("ranking").getObject(0).getString("algorithm");

    CommandLineRun second = opencl("tune", "--conv", SHAPE);
    assertThat(second.err()).contains("tuning: 0 convolutions measured", "3 known");
    assertThat(second.out()).startsWith("pass ").hasLineCount(1);

    CommandLineRun bench = opencl("bench", "--quick", "--conv", SHAPE, "--json", "-");
    JsonObject result = result(bench, "forward");
    assertThat(result.getString("algorithm")).isEqualTo(best);
  }

  @Test
  void benchShowsTheAlgorithmsThatFitTheWorkspace() throws IOException, JsonParserException {
    CommandLineRun bench =
        opencl("bench", "--quick", "--conv", SHAPE, "--workspace-mib", 0, "--json", "-");
    assertThat(bench.code()).as(bench.err()).isZero();
    assertThat(result(bench, "forward").getString("algorithm")).doesNotStartWith("winograd");
    assertThat(result(bench, "backward_data").getString("algorithm"))
        .as("blocks pack their weights")
        .isNotEqualTo("blocked");
  }

  @Test
  void trainTunesOnRequestAndSaysSo() throws IOException, JsonParserException {
    Path data = SmallData.in(folder);
    Path network = SmallData.network(folder);
    Object[] train = {"train", "--data", data, "--model", network, "--batch", 20, "--out"};
    CommandLineRun plain = opencl(with(train, folder.resolve("plain"), "--epochs", 1));
    assertThat(plain.code()).as(plain.err()).isZero();
    assertThat(plain.err()).doesNotContain("tun");
    assertThat(algorithms("plain")).isEqualTo("heuristic");

    CommandLineRun tuned =
        opencl(with(train, folder.resolve("tuned"), "--epochs", 1, "--tune", 60));
    assertThat(tuned.code()).as(tuned.err()).isZero();
    assertThat(tuned.err()).contains("tuning: 2 convolutions measured", "convolutions: 2 tuned");
    assertThat(algorithms("tuned")).isEqualTo("tuned");

    CommandLineRun resumed =
        opencl(with(train, folder.resolve("plain"), "--resume", "--epochs", 2));
    assertThat(resumed.code()).as("a remark, no refusal: %s", resumed.err()).isZero();

    // The same database, the same algorithms, the same bits.
    CommandLineRun again = opencl(with(train, folder.resolve("again"), "--epochs", 1));
    assertThat(again.err()).contains("convolutions: 2 tuned").doesNotContain("tuning:");
    assertThat(folder.resolve("again").resolve("model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("tuned").resolve("model.safetensors"));
  }

  @Test
  void trainTunesNoLongerThanItMay() throws IOException, JsonParserException {
    Path out = folder.resolve("hurried");
    CommandLineRun run =
        opencl(
            "train",
            "--data",
            SmallData.in(folder),
            "--model",
            SmallData.network(folder),
            "--batch",
            20,
            "--epochs",
            1,
            "--out",
            out,
            "--tune",
            1e-9);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err()).contains("tuning: 0 convolutions measured", "2 left for another run");
    assertThat(algorithms("hurried")).isEqualTo("heuristic");
  }

  @Test
  void aDeviceWithoutAChoiceIsNoFailure() {
    CommandLineRun run = CommandLineRun.of("tune", "--device", "cpu", "--conv", SHAPE);
    assertThat(run.code()).isZero();
    assertThat(run.err()).contains("has one algorithm for each pass, nothing to choose");
  }

  @Test
  void refusesBadInput() {
    assertRefused("convolution 1,2,3: expected N,C,H,W", "tune", "--conv", "1,2,3");
    assertRefused("unknown model alexnet", "tune", "--model", "alexnet");
    assertRefused("batch is 0", "tune", "--model", "lenet", "--batch", "0");
    assertRefused("--model", "tune", "--batch", "3");
    assertRefused("--budget: expected more than 0 seconds, found 0.0", "tune", "--budget", "0");
    assertRefused("--budget: expected more than 0 seconds, found NaN", "tune", "--budget", "NaN");
    assertRefused(
        "--workspace-mib: expected at least 0, found -1", "tune", "--workspace-mib", "-1");
    assertRefused("--tune: expected more than 0 seconds, found -3.0", "train", "--tune", "-3");
    System.setProperty(CACHE, "off");
    assertRefused("gabor.cache is off", "tune", "--device", "cpu", "--conv", SHAPE);
  }

  private String algorithms(String run) throws IOException, JsonParserException {
    Path file = folder.resolve(run).resolve("run.json");
    return JsonParser.object()
        .from(Files.readString(file))
        .getObject("settings")
        .getString("algorithms");
  }

  private static JsonObject result(CommandLineRun run, String pass) throws JsonParserException {
    return JsonParser.object().from(run.out()).getArray("results").stream()
        .map(JsonObject.class::cast)
        .filter(result -> pass.equals(result.getString("pass")))
        .findFirst()
        .orElseThrow();
  }

  private static Object[] with(Object[] words, Object... more) {
    Object[] all = java.util.Arrays.copyOf(words, words.length + more.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    return all;
  }

  private static CommandLineRun opencl(Object... words) {
    return CommandLineRun.of(with(words, "--device", "opencl"));
  }

  private static void assertRefused(String reason, Object... words) {
    CommandLineRun run = CommandLineRun.of(words);
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains(reason).hasLineCount(1);
  }
}
