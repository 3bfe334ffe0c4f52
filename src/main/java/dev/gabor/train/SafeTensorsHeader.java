package dev.gabor.train;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonWriter;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What a safetensors file says about itself.
 *
 * @param metadata free text by key
 * @param entries one a tensor, in the order of the file
 */
record SafeTensorsHeader(Map<String, String> metadata, List<SafeTensorsHeader.Entry> entries) {
  static final String METADATA = "__metadata__";

  /** The bytes of the header's length. */
  static final int LENGTH_BYTES = 8;

  private static final int ALIGNMENT = 8;

  /**
   * One tensor.
   *
   * @param begin its first byte after the header
   * @param end the byte after its last
   */
  record Entry(String name, SafeTensorsType type, Shape shape, long begin, long end) {}

  /** The header of tensors in single precision, one after the other. */
  static SafeTensorsHeader of(SafeTensors file) {
    List<Entry> entries = new ArrayList<>();
    long begin = 0;
    for (Map.Entry<String, Tensor> tensor : file.tensors().entrySet()) {
      Shape shape = tensor.getValue().shape();
      long end = begin + shape.size() * Float.BYTES;
      entries.add(new Entry(tensor.getKey(), SafeTensorsType.F32, shape, begin, end));
      begin = end;
    }
    return new SafeTensorsHeader(file.metadata(), entries);
  }

  /** In JSON, padded with spaces so that the elements start at a multiple of 8 bytes. */
  byte[] toBytes() {
    JsonObject json = new JsonObject();
    if (!metadata.isEmpty()) {
      json.put(METADATA, new JsonObject(metadata));
    }
    for (Entry entry : entries) {
      JsonObject fields = new JsonObject();
      fields.put("dtype", entry.type().name());
      fields.put("shape", new JsonArray(Arrays.stream(entry.shape().toArray()).boxed().toList()));
      fields.put("data_offsets", new JsonArray(List.of(entry.begin(), entry.end())));
      json.put(entry.name(), fields);
    }
    byte[] text = JsonWriter.string(json).getBytes(StandardCharsets.UTF_8);
    int padded = (text.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    byte[] bytes = Arrays.copyOf(text, padded);
    Arrays.fill(bytes, text.length, padded, (byte) ' ');
    return bytes;
  }
}
