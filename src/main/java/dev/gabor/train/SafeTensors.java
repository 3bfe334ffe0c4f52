package dev.gabor.train;

import dev.gabor.tensor.Tensor;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Named tensors and a few words about them, as one file in the safetensors format (Hugging Face,
 * "safetensors format"): the header's length as 8 little-endian bytes, the header in JSON, then the
 * elements of all tensors in little-endian order without gaps.
 *
 * @param metadata free text by key; the file's {@code __metadata__}
 * @param tensors by name, in the order of the file
 */
public record SafeTensors(Map<String, String> metadata, Map<String, Tensor> tensors) {
  /** Keeps the order of the given maps. */
  public SafeTensors {
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    if (tensors.containsKey(SafeTensorsHeader.METADATA)) {
      throw new IllegalArgumentException(
          "safetensors: a tensor cannot be named " + SafeTensorsHeader.METADATA);
    }
  }

  /**
   * Writes a file in single precision: first beside it under the name with {@code .tmp} added,
   * flushed to the disk, then renamed, so that the file is either the old or the new one at any
   * moment. The same contents give the same bytes.
   *
   * @throws ModelFileException if the folder cannot be written; the old file is then untouched
   */
  public void write(Path file) {
    SafeTensorsWriter.write(this, file);
  }

  /**
   * Reads a file whole and checks it whole. Elements of other types than F32 are rounded to it.
   *
   * @throws ModelFileException if the file is missing, cut short, or breaks a rule of the format
   */
  public static SafeTensors read(Path file) {
    return SafeTensorsReader.read(file);
  }
}
