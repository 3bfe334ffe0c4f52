package dev.gabor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResumeCommandTest {
  @TempDir private Path folder;
  private Path data;
  private Path network;
  private Path out;

  @BeforeEach
  void write() throws IOException {
    data = SmallData.in(folder);
    network = SmallData.network(folder);
    out = folder.resolve("out");
  }

  private CommandLineRun train(Object... options) {
    List<Object> words =
        new ArrayList<>(
            List.of("train", "--data", data, "--model", network, "--device", "cpu", "--batch", 20));
    words.addAll(Arrays.asList(options));
    return CommandLineRun.of(words.toArray());
  }

  private void refuses(String message, Object... options) {
    CommandLineRun run = train(options);
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.err().lines().reduce((first, last) -> last).orElse(""))
        .startsWith("gabor train: ")
        .contains(message);
    assertThat(run.err()).doesNotContain("\tat ");
  }

  @Test
  void goesOnAndRefusesWhatIsNotItsRun() throws IOException, JsonParserException {
    String constant = "constant";
    CommandLineRun first =
        train("--epochs", 1, "--schedule", constant, "--out", out, "--checkpoint-steps", 5);
    assertThat(first.code()).as(first.err()).isZero();
    Path checkpoints = out.resolve("checkpoints");
    assertThat(checkpoints.resolve("best.safetensors")).exists();
    byte[] model = Files.readAllBytes(out.resolve("model.safetensors"));

    refuses("holds 2 checkpoints of an earlier run: resume that", "--epochs", 2, "--out", out);
    refuses("a checkpoint of a run with another schedule", "--epochs", 2, "--out", out, "--resume");
    refuses("a checkpoint of a run with another seed", "--seed", 2, "--out", out, "--resume");
    CommandLineRun other = CommandLineRun.of("train", "--data", data, "--out", out, "--resume");
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.err()).contains("a checkpoint of another model, layer 2: it has ");
    refuses("expected a folder for them, --out DIR", "--resume");
    refuses("expected at least 1, found 0", "--keep", 0, "--out", out, "--resume");
    assertThat(out.resolve("model.safetensors")).hasBinaryContent(model);

    Path lines = folder.resolve("run.jsonl");
    CommandLineRun second =
        train("--epochs", 2, "--schedule", constant, "--out", out, "--resume", "--json", lines);
    assertThat(second.code()).as(second.err()).isZero();
    assertThat(second.err()).contains("resumed behind step 19, 1 epochs are done", "epoch 2/2");
    assertThat(Files.readAllLines(lines)).hasSize(3);
    JsonObject run = JsonParser.object().from(Files.readString(out.resolve("run.json")));
    assertThat(run.getArray("epochs")).hasSize(2);
    assertThat(run.getString("ending")).isEqualTo("completed");

    Path newest = checkpoints.resolve("checkpoint-000000038.safetensors");
    byte[] bytes = Files.readAllBytes(newest);
    Files.write(newest, Arrays.copyOf(bytes, bytes.length - 1));
    refuses(
        newest + ": byte " + (bytes.length - 1) + ": cut short",
        "--epochs",
        3,
        "--schedule",
        constant,
        "--out",
        out,
        "--resume");
    assertThat(newest).hasBinaryContent(Arrays.copyOf(bytes, bytes.length - 1));
    CommandLineRun judged = CommandLineRun.of("evaluate", checkpoints.resolve("best.safetensors"));
    assertThat(judged.code()).as(judged.err()).isZero();
  }

  @Test
  void endsEarly() throws IOException, JsonParserException {
    CommandLineRun run =
        train(
            "--epochs", 9, "--lr", 0, "--early-stopping", 2, "--monitor", "accuracy", "--out", out);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err()).contains("ended after epoch 3, as nothing improved");
    JsonObject json = JsonParser.object().from(Files.readString(out.resolve("run.json")));
    assertThat(json.getString("ending")).isEqualTo("no_improvement");
    refuses("early stopping: patience: expected at least 1", "--early-stopping", 0);
    refuses("unknown monitor f1, expected one of loss, accuracy", "--monitor", "f1");
  }
}
