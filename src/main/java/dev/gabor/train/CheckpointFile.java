package dev.gabor.train;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import dev.gabor.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.zip.CRC32C;

/** A {@link Checkpoint} as safetensors: a model's file, further tensors, and {@code run}. */
final class CheckpointFile {
  /** The key in the metadata that only checkpoints have. */
  static final String RUN = "run";

  /** What the names of tensors begin with that belong to the run and not to the model. */
  static final String PREFIX = "run:";

  private static final String CHECKSUM = "crc32c";
  private static final int CHUNK = 1 << 14;

  private CheckpointFile() {}

  static void write(Checkpoint checkpoint, Path file) {
    Map<String, String> metadata = ModelFile.metadata(checkpoint.model());
    metadata.put(RUN, JsonWriter.string(toJson(checkpoint.run())));
    Map<String, Tensor> tensors = new LinkedHashMap<>(checkpoint.model().parameters());
    checkpoint.memory().forEach((name, tensor) -> tensors.put(PREFIX + name, tensor));
    metadata.put(CHECKSUM, checksum(tensors));
    new SafeTensors(metadata, tensors).write(file);
  }

  static Checkpoint read(Path file) {
    SafeTensors contents = SafeTensors.read(file);
    if (!contents.metadata().containsKey(RUN)) {
      throw new ModelFileException(file, "metadata run: expected a checkpoint, it is missing");
    }
    String checksum = checksum(contents.tensors());
    if (!checksum.equals(contents.metadata().get(CHECKSUM))) {
      throw new ModelFileException(
          file,
          "damaged: expected tensors with checksum %s, found %s"
              .formatted(contents.metadata().get(CHECKSUM), checksum));
    }
    Map<String, Tensor> memory = new LinkedHashMap<>();
    contents
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith(PREFIX)) {
                memory.put(name.substring(PREFIX.length()), tensor);
              }
            });
    return new Checkpoint(
        ModelFile.model(file, contents),
        memory,
        new ModelFile(file, contents.metadata())
            .part(RUN, JsonObject.class, CheckpointFile::fromJson));
  }

  /** Over the elements of all tensors, in the order of the file. */
  static String checksum(Map<String, Tensor> tensors) {
    CRC32C sum = new CRC32C();
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (Tensor tensor : tensors.values()) {
      float[] data = tensor.data();
      for (int done = 0; done < data.length; done += CHUNK) {
        int count = Math.min(CHUNK, data.length - done);
        chunk.asFloatBuffer().put(data, done, count);
        sum.update(chunk.array(), 0, count * Float.BYTES);
      }
    }
    return Long.toHexString(sum.getValue());
  }

  private static JsonObject toJson(RunState run) {
    JsonObject json = new JsonObject();
    JsonArray reports = new JsonArray();
    run.reports().forEach(report -> reports.add(toJson(report)));
    json.put("step", run.step());
    json.put("epochs", reports);
    json.put("batches_of_epoch", run.batches());
    json.put("seconds_of_epoch", run.seconds());
    json.put("steps_counted", run.counted().steps());
    json.put("loss_sum", run.counted().loss());
    json.put("correct_sum", run.counted().correct());
    json.put("stopped", run.stopped());
    json.put("validation", run.validation());
    return json;
  }

  private static RunState fromJson(JsonObject json) {
    List<EpochReport> reports = new ArrayList<>();
    if (!(json.get("epochs") instanceof JsonArray epochs)) {
      throw new IllegalArgumentException("epochs: expected a list, found " + json.get("epochs"));
    }
    for (Object epoch : epochs) {
      if (!(epoch instanceof JsonObject report)) {
        throw new IllegalArgumentException("epochs: expected objects, found " + epoch);
      }
      reports.add(report(report));
    }
    return new RunState(
        reports,
        whole(json, "batches_of_epoch"),
        number(json, "seconds_of_epoch"),
        json.getBoolean("stopped", false),
        new LossHistory.Sums(
            whole(json, "steps_counted"), number(json, "loss_sum"), number(json, "correct_sum")),
        whole(json, "step"),
        json.getString("validation", ""));
  }

  private static JsonObject toJson(EpochReport report) {
    JsonObject json = new JsonObject();
    json.put("epoch", report.epoch());
    json.put("train_loss", report.trainLoss());
    json.put("train_accuracy", report.trainAccuracy());
    report.valLoss().ifPresent(loss -> json.put("val_loss", loss));
    report.valAccuracy().ifPresent(accuracy -> json.put("val_accuracy", accuracy));
    json.put("images_per_second", report.imagesPerSecond());
    json.put("waiting_for_data", report.waiting());
    json.put("seconds", report.seconds());
    return json;
  }

  private static EpochReport report(JsonObject json) {
    return new EpochReport(
        whole(json, "epoch"),
        number(json, "train_loss"),
        number(json, "train_accuracy"),
        optional(json, "val_loss"),
        optional(json, "val_accuracy"),
        number(json, "images_per_second"),
        number(json, "waiting_for_data"),
        number(json, "seconds"));
  }

  private static OptionalDouble optional(JsonObject json, String key) {
    return json.has(key) ? OptionalDouble.of(number(json, key)) : OptionalDouble.empty();
  }

  private static double number(JsonObject json, String key) {
    if (json.get(key) instanceof Number number) {
      return number.doubleValue();
    }
    throw new IllegalArgumentException(key + ": expected a number, found " + json.get(key));
  }

  private static int whole(JsonObject json, String key) {
    double number = number(json, key);
    if (number < 0 || number != (int) number) {
      throw new IllegalArgumentException(
          key + ": expected a whole number of at least 0, found " + json.get(key));
    }
    return (int) number;
  }
}
