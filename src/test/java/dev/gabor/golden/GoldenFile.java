package dev.gabor.golden;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import com.grack.nanojson.JsonWriter;
import dev.gabor.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Cases with the answers that PyTorch gave, one case a line. */
public final class GoldenFile {
  /** The files among the test resources. */
  public static final List<String> NAMES =
      List.of("convolution", "normalisation", "pooling", "elementwise", "loss", "optimizer");

  /**
   * A case and its answer.
   *
   * @param answer numbers by name
   */
  public record Entry(GoldenCase golden, Map<String, Tensor> answer) {}

  private GoldenFile() {}

  /** Reads one of {@link #NAMES}. */
  public static List<Entry> read(String name) throws IOException {
    String resource = "/golden/" + name + ".json";
    try (InputStream stream = GoldenFile.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IOException("test resource " + resource + " is missing");
      }
      List<Entry> entries = new ArrayList<>();
      JsonArray lines = JsonParser.array().from(stream);
      for (int i = 0; i < lines.size(); i++) {
        JsonObject line = lines.getObject(i);
        entries.add(
            new Entry(
                GoldenCase.read(line.getObject("case")),
                TensorJson.readAll(line.getObject("answer"))));
      }
      return entries;
    } catch (JsonParserException e) {
      throw new IOException(resource + ": " + e.getMessage(), e);
    }
  }

  /** Writes a file that {@link #read} understands. */
  public static void write(Path file, List<Entry> entries) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Entry entry : entries) {
      JsonObject line = new JsonObject();
      line.put("case", entry.golden().write());
      line.put("answer", TensorJson.writeAll(entry.answer()));
      lines.add(JsonWriter.string(line));
    }
    Files.writeString(file, "[\n" + String.join(",\n", lines) + "\n]\n");
  }
}
