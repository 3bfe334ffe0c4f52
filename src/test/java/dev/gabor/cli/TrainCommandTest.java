package dev.gabor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import dev.gabor.optim.Optimizer;
import dev.gabor.train.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainCommandTest {
  @TempDir private Path folder;
  private Path data;
  private Path network;

  @BeforeEach
  void write() throws IOException {
    data = SmallData.in(folder);
    network = SmallData.network(folder);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void trainsSavesEvaluatesAndPredicts(String device) throws IOException, JsonParserException {
    Path out = folder.resolve("runs").resolve("one");
    CommandLineRun train =
        CommandLineRun.of(
            "train",
            "--data",
            data,
            "--model",
            network,
            "--device",
            device,
            "--epochs",
            12,
            "--batch",
            20,
            "--lr",
            0.01,
            "--out",
            out);
    assertThat(train.code()).as(train.err()).isZero();
    assertThat(train.out()).startsWith("test accuracy 0.").containsIgnoringCase(device);
    assertThat(train.err()).contains("device: ", "380 images (1,28,28)", "memory: ", "epoch 12/12");
    assertThat(train.err()).doesNotContain("remark");

    Path model = out.resolve("model.safetensors");
    assertThat(Model.load(model).provenance().device())
        .contains(device.equals("cpu") ? ", Java " : " OpenCL ");
    CommandLineRun evaluate =
        CommandLineRun.of("evaluate", model, "--data", data, "--device", device, "--json");
    assertThat(evaluate.code()).as(evaluate.err()).isZero();
    JsonObject judged = JsonParser.object().from(evaluate.out());
    JsonObject run = JsonParser.object().from(Files.readString(out.resolve("run.json")));
    assertThat(run.getArray("epochs")).hasSize(12);
    assertThat(judged.getDouble("accuracy"))
        .isGreaterThan(0.6)
        .isEqualTo(run.getObject("result").getDouble("test_accuracy"));
    assertThat(judged.getArray("confusion")).hasSize(10);
    assertThat(judged.getInt("samples")).isEqualTo(SmallData.TEST_SIZE);
    assertThat(CommandLineRun.of("evaluate", model, "--data", data).out())
        .startsWith("accuracy 0.")
        .contains("precision", "weighted", "ROC-AUC")
        .hasLineCount(3 + 10 + 3 + 2 + 10);
    assertThat(judged.getObject("macro").getDouble("f1")).isBetween(0.5, 1.0);
    assertThat(judged.getDouble("roc_auc")).isBetween(0.8, 1.0);
    assertThat(judged.getDouble("top_5")).isBetween(judged.getDouble("accuracy"), 1.0);
    assertThat(judged.getArray("per_class")).hasSize(10);

    Path three = SmallData.picture(folder, 3);
    CommandLineRun predict =
        CommandLineRun.of("predict", model, three, three, "--top", 2, "--json");
    assertThat(predict.code()).as(predict.err()).isZero();
    JsonObject answer = JsonParser.object().from(predict.out());
    assertThat(answer.getArray("results")).hasSize(2);
    assertThat(answer.getArray("results").getObject(0).getArray("predictions")).hasSize(2);
    assertThat(CommandLineRun.of("predict", model, three).out())
        .startsWith(three.toString())
        .hasLineCount(1 + 3);
  }

  @Test
  void jsonLinesHaveTheKeysOfTheManual() throws JsonParserException {
    CommandLineRun run = small("--epochs", 2, "--json", "-");
    assertThat(run.code()).as(run.err()).isZero();
    List<String> lines = run.out().lines().toList();
    assertThat(lines).hasSize(3);
    for (int i = 0; i < 2; i++) {
      JsonObject epoch = JsonParser.object().from(lines.get(i));
      assertThat(epoch.keySet())
          .containsExactly(
              "epoch",
              "train_loss",
              "train_accuracy",
              "val_loss",
              "val_accuracy",
              "images_per_second",
              "waiting_for_data");
      assertThat(epoch.getInt("epoch")).isEqualTo(i + 1);
    }
    JsonObject result = JsonParser.object().from(lines.get(2));
    assertThat(result.keySet())
        .containsExactly(
            "event",
            "test_accuracy",
            "test_loss",
            "device",
            "images_per_second",
            "seconds",
            "peak_device_bytes");
    assertThat(result.getString("event")).isEqualTo("result");
    assertThat(result.getLong("peak_device_bytes")).isPositive();
  }

  @ParameterizedTest
  @CsvSource({
    "none, 0",
    "range, 0",
    "standard, 0.001",
  })
  void everyNormalisationAndEveryOptimizerTrains(String normalization, double decay) {
    for (String optimizer : Optimizer.names()) {
      CommandLineRun run =
          small("--normalize", normalization, "--optimizer", optimizer, "--weight-decay", decay);
      assertThat(run.code()).as(run.err()).isZero();
    }
  }

  @Test
  void theSameSeedGivesTheSameModel() throws IOException {
    for (String name : List.of("a", "b", "c")) {
      assertThat(small("--seed", name.equals("c") ? 2 : 1, "--out", folder.resolve(name)).code())
          .isZero();
    }
    byte[] a = Files.readAllBytes(folder.resolve("a").resolve("model.safetensors"));
    byte[] b = Files.readAllBytes(folder.resolve("b").resolve("model.safetensors"));
    byte[] c = Files.readAllBytes(folder.resolve("c").resolve("model.safetensors"));
    assertThat(a).isEqualTo(b).isNotEqualTo(c);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--model|no-such|unknown model no-such",
        "--optimizer|no-such|unknown optimizer no-such",
        "--normalize|no-such|unknown normalisation no-such",
        "--schedule|no-such|unknown schedule no-such",
        "--device|no-such|unknown device \"no-such\"",
        "--epochs|0|epochs: expected at least 1, found 0",
        "--epochs|many|Invalid value for option '--epochs'",
        "--batch|0|batch size",
        "--batch|1000|batch size",
        "--lr|NaN|learning rate",
        "--data|no-such|no-such: no such file or folder",
        "--schedule|step:size=x|schedule step:size=x: size: expected a number, found x",
        "--group|no.*:lr=2|optimizer group no.*: no trained parameter has such a name",
        "--group|a:b=2|optimizer group a:b=2: expected lr=X or decay=X, found b=2",
        "--accumulate|0|gradient accumulation: expected at least 1 batch, found 0",
        "--ema|1|weight average: decay is 1.0, expected at least 0 and below 1",
        "--clip-norm|0|clip norm is 0.0",
        "--json|no-such/run.jsonl|no-such/run.jsonl: cannot be written",
        "--no-such|1|--no-such",
      })
  void wrongUseIsOneLineAndCodeTwo(String option, String value, String message) {
    CommandLineRun run = small(option, value);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines().reduce((first, last) -> last).orElse(""))
        .startsWith("gabor train: ")
        .contains(message);
    assertThat(run.err()).doesNotContain("\tat ");
  }

  @Test
  void damagedDataNameFileAndPosition() throws IOException {
    Path labels = data.resolve("train-labels-idx1-ubyte");
    byte[] bytes = Files.readAllBytes(labels);
    Files.write(labels, java.util.Arrays.copyOf(bytes, 100));
    CommandLineRun run = CommandLineRun.of("train", "--data", data, "--model", network);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).hasLineCount(1).contains(labels.toString(), "byte 100", "cut short");
  }

  @Test
  void damagedNetworksAreNamed() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken.json"), "{\"layers\":[");
    CommandLineRun run = small("--model", broken);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).hasLineCount(1).contains(broken + ": expected a network in JSON");
    Path other = folder.resolve("other.json");
    Files.writeString(other, Files.readString(network).replace("dense\",\"inputs", "x\",\"inputs"));
    run = small("--model", other);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).hasLineCount(1).contains(other.toString(), "unknown operator x");
  }

  @Test
  void aRunThatFailsLeavesOldFilesAsTheyWere() throws IOException {
    Path out = Files.createDirectory(folder.resolve("out"));
    Path model = Files.writeString(out.resolve("model.safetensors"), "old model");
    Path lines = Files.writeString(folder.resolve("run.jsonl"), "old lines");
    CommandLineRun run = small("--lr", 3e38, "--optimizer", "sgd", "--out", out, "--json", lines);
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("the loss is not finite").doesNotContain("\tat ");
    assertThat(model).hasContent("old model");
    assertThat(lines).hasContent("old lines");
    assertThat(small("--out", out, "--json", lines).code()).isZero();
    assertThat(Files.readAllLines(lines)).hasSize(2);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).noneMatch(file -> file.toString().endsWith(".part"));
    }
    Path file = Files.writeString(folder.resolve("a-file"), "");
    assertThat(small("--out", file).code()).isEqualTo(2);
  }

  @Test
  void modelsThatAreNoneAreRefused() throws IOException {
    Path text = Files.writeString(folder.resolve("text.safetensors"), "no model");
    for (String command : List.of("evaluate", "predict")) {
      CommandLineRun run = CommandLineRun.of(command, text, "x.png");
      if (command.equals("evaluate")) {
        run = CommandLineRun.of(command, text);
      }
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.err()).hasLineCount(1).contains(text.toString());
      Path missing = folder.resolve("missing.safetensors");
      run = CommandLineRun.of(command, missing, "--device", "cpu", "x.png");
      assertThat(run.code()).isEqualTo(2);
    }
    assertThat(CommandLineRun.of("predict", text).code()).isEqualTo(2);
  }

  /** The defaults come first, so that those given win. */
  private CommandLineRun small(Object... options) {
    List<Object> words = new java.util.ArrayList<>(List.of("train"));
    List<Object> given = List.of(options);
    Object[] defaults = {
      "--data", data, "--model", network, "--device", "cpu", "--epochs", 1, "--batch", 20
    };
    for (int i = 0; i < defaults.length; i += 2) {
      if (!given.contains(defaults[i])) {
        words.add(defaults[i]);
        words.add(defaults[i + 1]);
      }
    }
    words.addAll(given);
    return CommandLineRun.of(words.toArray());
  }

  @Test
  void profileWritesATraceAndTables() throws IOException, JsonParserException {
    Path trace = folder.resolve("trace.json");
    CommandLineRun train =
        CommandLineRun.of(
            "train",
            "--data",
            data,
            "--model",
            network,
            "--device",
            "opencl",
            "--epochs",
            2,
            "--batch",
            20,
            "--profile",
            trace);
    assertThat(train.code()).as(train.err()).isZero();
    assertThat(train.err()).contains("20 runs, ", "convolution forward");
    JsonObject json = JsonParser.object().from(Files.readString(trace));
    assertThat(json.getArray("traceEvents").size()).isGreaterThan(100);
  }

  @Test
  void aTraceThatCannotBeWrittenIsRefusedBeforeTheRun() {
    CommandLineRun train =
        CommandLineRun.of(
            "train", "--data", data, "--model", network, "--profile", folder.resolve("no/trace"));
    assertThat(train.code()).isEqualTo(2);
    assertThat(train.err()).contains("no/trace").doesNotContain("epoch 1");
  }
}
