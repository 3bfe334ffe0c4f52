package dev.gabor.cli;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import dev.gabor.data.DataException;
import dev.gabor.train.EpochReport;
import dev.gabor.train.Evaluation;
import dev.gabor.train.TrainingListener;
import dev.gabor.train.TrainingResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Writes a run down: JSON lines as it goes, model and {@code run.json} at its end. */
final class RunReport implements TrainingListener, AutoCloseable {
  static final String MODEL = "model.safetensors";
  private static final String RUN = "run.json";

  private final Optional<AtomicFile> lines;
  private final Optional<PrintWriter> standardOutput;
  private final Optional<Path> folder;
  private final JsonArray epochs = new JsonArray();

  /**
   * Opens what will be written, so that a wrong name is known before the run.
   *
   * @param json a file for JSON lines, or {@code -} for standard output
   * @param folder for model and run
   */
  RunReport(Optional<String> json, Optional<Path> folder, PrintWriter out) {
    this.folder = folder;
    folder.ifPresent(RunReport::create);
    standardOutput = json.filter("-"::equals).map(dash -> out);
    lines = json.filter(name -> !name.equals("-")).map(Path::of).map(AtomicFile::new);
  }

  private static void create(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new DataException(folder + ": folder cannot be made: " + e, e);
    }
  }

  /** Whether standard output carries JSON. */
  boolean takesStandardOutput() {
    return standardOutput.isPresent();
  }

  @Override
  public void runResumed(List<EpochReport> done, int steps) {
    done.forEach(this::epochEnded);
  }

  @Override
  public void epochEnded(EpochReport report) {
    JsonObject json = new JsonObject();
    json.put("epoch", report.epoch());
    json.put("train_loss", report.trainLoss());
    json.put("train_accuracy", report.trainAccuracy());
    report.valLoss().ifPresent(loss -> json.put("val_loss", loss));
    report.valAccuracy().ifPresent(accuracy -> json.put("val_accuracy", accuracy));
    json.put("images_per_second", report.imagesPerSecond());
    json.put("waiting_for_data", report.waiting());
    epochs.add(json);
    line(json);
  }

  /** The end of a run: everything gets its name. */
  void end(TrainingResult result, Evaluation test) {
    JsonObject json = new JsonObject();
    json.put("event", "result");
    json.put("test_accuracy", test.accuracy());
    json.put("test_loss", test.loss());
    json.put("device", result.device());
    json.put("images_per_second", result.imagesPerSecond());
    json.put("seconds", result.seconds());
    json.put("peak_device_bytes", result.peakDeviceBytes());
    line(json);
    folder.ifPresent(
        into -> {
          result.model().save(into.resolve(MODEL));
          writeRun(into.resolve(RUN), result, json);
        });
    lines.ifPresent(AtomicFile::commit);
  }

  private void writeRun(Path file, TrainingResult result, JsonObject end) {
    JsonObject run = new JsonObject();
    run.put("version", result.model().provenance().version());
    run.put("seed", result.model().provenance().seed());
    run.put("settings", new JsonObject(result.model().provenance().settings()));
    run.put("data", result.model().provenance().data());
    run.put("epochs", epochs);
    run.put("ending", result.ending().name().toLowerCase(Locale.ROOT));
    run.put("result", end);
    try (AtomicFile target = new AtomicFile(file)) {
      target.line(JsonWriter.indent("  ").string().value(run).done());
      target.commit();
    }
  }

  private void line(JsonObject json) {
    String text = JsonWriter.string(json);
    lines.ifPresent(file -> file.line(text));
    standardOutput.ifPresent(
        out -> {
          out.println(text);
          out.flush();
        });
  }

  @Override
  public void close() {
    lines.ifPresent(AtomicFile::close);
  }
}
