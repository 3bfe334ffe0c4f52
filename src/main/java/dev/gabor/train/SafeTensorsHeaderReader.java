package dev.gabor.train;

import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import com.grack.nanojson.JsonReader;
import dev.gabor.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the header of a safetensors file and checks every word of it. */
final class SafeTensorsHeaderReader {
  private final Path file;
  private final JsonReader json;

  private SafeTensorsHeaderReader(Path file, JsonReader json) {
    this.file = file;
    this.json = json;
  }

  /**
   * Reads a header.
   *
   * @param file only named in faults
   * @param header the JSON text, padding included
   */
  static SafeTensorsHeader read(Path file, byte[] header) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(header)).toString();
      // The pull reader keeps duplicate names apart but stops at the last brace, so both are asked.
      JsonParser.object().from(text);
      return new SafeTensorsHeaderReader(file, JsonReader.from(text)).header();
    } catch (CharacterCodingException e) {
      throw new ModelFileException(
          file, "byte 8: header: expected JSON, found text that is not UTF-8", e);
    } catch (JsonParserException e) {
      throw new ModelFileException(
          file,
          "byte %d: header: expected a JSON object, found: %s"
              .formatted(SafeTensorsHeader.LENGTH_BYTES + e.getCharOffset(), e.getMessage()),
          e);
    }
  }

  private SafeTensorsHeader header() throws JsonParserException {
    Map<String, String> metadata = new LinkedHashMap<>();
    List<SafeTensorsHeader.Entry> entries = new ArrayList<>();
    Set<String> names = new LinkedHashSet<>();
    json.object();
    while (json.next()) {
      String name = json.key();
      if (!names.add(name)) {
        throw fault(name, "name: expected once, found twice");
      }
      expect(JsonReader.Type.OBJECT, name, "an object");
      if (name.equals(SafeTensorsHeader.METADATA)) {
        readMetadata(metadata);
      } else {
        entries.add(entry(name));
      }
    }
    return new SafeTensorsHeader(metadata, entries);
  }

  private void readMetadata(Map<String, String> metadata) throws JsonParserException {
    json.object();
    while (json.next()) {
      String key = json.key();
      expect(JsonReader.Type.STRING, SafeTensorsHeader.METADATA, "text for " + key);
      if (metadata.put(key, json.string()) != null) {
        throw fault(SafeTensorsHeader.METADATA, key + ": expected once, found twice");
      }
    }
  }

  private SafeTensorsHeader.Entry entry(String name) throws JsonParserException {
    String type = "";
    long[] shape = null;
    long[] offsets = null;
    json.object();
    while (json.next()) {
      String key = json.key();
      switch (key) {
        case "dtype" -> {
          expect(JsonReader.Type.STRING, name, "text for dtype");
          type = json.string();
        }
        case "shape" -> shape = longs(name, key);
        case "data_offsets" -> offsets = longs(name, key);
        default -> throw fault(name, "expected dtype, shape and data_offsets only, found " + key);
      }
    }
    if (type.isEmpty() || shape == null || offsets == null) {
      throw fault(name, "expected dtype, shape and data_offsets, one of them is missing");
    }
    if (offsets.length != 2 || offsets[1] < offsets[0]) {
      throw fault(name, "data_offsets: expected begin and end, found " + Arrays.toString(offsets));
    }
    return checked(name, type, shape, offsets);
  }

  private SafeTensorsHeader.Entry checked(
      String name, String typeName, long[] lengths, long[] offsets) {
    SafeTensorsType type =
        SafeTensorsType.named(typeName)
            .orElseThrow(
                () ->
                    fault(
                        name,
                        "dtype: expected one of %s, found %s"
                            .formatted(Arrays.toString(SafeTensorsType.values()), typeName)));
    int[] axes = new int[lengths.length];
    double elements = 1;
    for (int axis = 0; axis < axes.length; axis++) {
      elements *= lengths[axis];
      if (lengths[axis] < 1 || elements > Integer.MAX_VALUE - 8) {
        throw fault(
            name,
            "shape: expected 1 to %d elements, found %s"
                .formatted(Integer.MAX_VALUE - 8, Arrays.toString(lengths)));
      }
      axes[axis] = (int) lengths[axis];
    }
    Shape shape = Shape.of(axes);
    long expected = shape.size() * type.sizeBytes();
    if (offsets[1] - offsets[0] != expected) {
      throw fault(
          name,
          "data_offsets %s: expected %d bytes for %s of %s, found %d"
              .formatted(Arrays.toString(offsets), expected, shape, type, offsets[1] - offsets[0]));
    }
    return new SafeTensorsHeader.Entry(name, type, shape, offsets[0], offsets[1]);
  }

  private long[] longs(String name, String field) throws JsonParserException {
    expect(JsonReader.Type.ARRAY, name, "an array for " + field);
    List<Long> values = new ArrayList<>();
    json.array();
    while (json.next()) {
      expect(JsonReader.Type.NUMBER, name, "whole numbers for " + field);
      double value = json.doubleVal();
      if (value < 0 || value > 1L << 53 || value != Math.rint(value)) {
        throw fault(name, field + ": expected whole numbers from 0 on, found " + value);
      }
      values.add((long) value);
    }
    return values.stream().mapToLong(Long::longValue).toArray();
  }

  private void expect(JsonReader.Type type, String name, String what) throws JsonParserException {
    if (json.current() != type) {
      throw fault(name, "expected %s, found %s".formatted(what, json.current()));
    }
  }

  private ModelFileException fault(String name, String fault) {
    return new ModelFileException(file, "header: \"" + name + "\": " + fault);
  }
}
