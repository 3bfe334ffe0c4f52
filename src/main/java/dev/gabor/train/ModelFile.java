package dev.gabor.train;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import com.grack.nanojson.JsonWriter;
import dev.gabor.backend.Loss;
import dev.gabor.data.Normalization;
import dev.gabor.nn.NetworkJson;
import dev.gabor.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** A {@link Model} as safetensors: tensors by parameter name, the rest as JSON in the metadata. */
final class ModelFile {
  private static final String FORMAT = "gabor.model";
  private static final String VERSION = "1";

  private final Path file;
  private final Map<String, String> metadata;

  ModelFile(Path file, Map<String, String> metadata) {
    this.file = file;
    this.metadata = metadata;
  }

  static void write(Model model, Path file) {
    new SafeTensors(metadata(model), model.parameters()).write(file);
  }

  /** All but the tensors. */
  static Map<String, String> metadata(Model model) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", FORMAT);
    metadata.put("version", VERSION);
    metadata.put("network", JsonWriter.string(NetworkJson.write(model.network())));
    metadata.put("normalization", JsonWriter.string(model.normalization().toJson()));
    metadata.put("classes", JsonWriter.string(new JsonArray(model.classNames())));
    JsonObject loss = new JsonObject();
    loss.put("kind", model.loss().kind().name().toLowerCase(Locale.ROOT));
    loss.put("parameter", model.loss().parameter());
    metadata.put("loss", JsonWriter.string(loss));
    metadata.put("provenance", JsonWriter.string(model.provenance().toJson()));
    return metadata;
  }

  static Model read(Path file) {
    return model(file, SafeTensors.read(file));
  }

  /** Whether a file says that it is a model, or a checkpoint. */
  static boolean isModel(SafeTensors contents) {
    return FORMAT.equals(contents.metadata().get("format"));
  }

  /** The model in a file, which may be that of a checkpoint. */
  static Model model(Path file, SafeTensors contents) {
    ModelFile reader = new ModelFile(file, contents.metadata());
    reader.expect("format", FORMAT);
    reader.expect("version", VERSION);
    try {
      return new Model(
          reader.part("network", JsonObject.class, NetworkJson::read),
          parameters(contents),
          reader.part("normalization", JsonObject.class, Normalization::fromJson),
          reader.part("classes", JsonArray.class, ModelFile::names),
          reader.part("loss", JsonObject.class, ModelFile::loss),
          reader.part("provenance", JsonObject.class, Provenance::fromJson));
    } catch (ModelFileException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new ModelFileException(file, e.getMessage(), e);
    }
  }

  private static Map<String, Tensor> parameters(SafeTensors contents) {
    Map<String, Tensor> tensors = new LinkedHashMap<>(contents.tensors());
    if (contents.metadata().containsKey(CheckpointFile.RUN)) {
      tensors.keySet().removeIf(name -> name.startsWith(CheckpointFile.PREFIX));
    }
    return tensors;
  }

  private void expect(String key, String expected) {
    if (!expected.equals(metadata.get(key))) {
      throw new ModelFileException(
          file,
          "metadata %s: expected %s, found %s"
              .formatted(key, expected, metadata.getOrDefault(key, "none")));
    }
  }

  /** Reads one key of the metadata. */
  <J, T> T part(String key, Class<J> type, Function<J, T> reader) {
    Object json;
    try {
      json = JsonParser.any().from(metadata.getOrDefault(key, ""));
    } catch (JsonParserException e) {
      throw new ModelFileException(
          file, "metadata %s: expected JSON: %s".formatted(key, e.getMessage()), e);
    }
    if (!type.isInstance(json)) {
      throw new ModelFileException(
          file, "metadata %s: expected a %s, found %s".formatted(key, type.getSimpleName(), json));
    }
    try {
      return reader.apply(type.cast(json));
    } catch (IllegalArgumentException e) {
      throw new ModelFileException(file, "metadata %s: %s".formatted(key, e.getMessage()), e);
    }
  }

  private static List<String> names(JsonArray json) {
    List<String> names = new ArrayList<>();
    for (Object name : json) {
      if (!(name instanceof String text)) {
        throw new IllegalArgumentException("expected names in quotes, found " + name);
      }
      names.add(text);
    }
    return names;
  }

  private static Loss loss(JsonObject json) {
    Loss.Kind kind =
        Arrays.stream(Loss.Kind.values())
            .filter(k -> k.name().toLowerCase(Locale.ROOT).equals(json.get("kind")))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("unknown kind " + json.get("kind")));
    return new Loss(kind, json.getFloat("parameter", 0f));
  }
}
