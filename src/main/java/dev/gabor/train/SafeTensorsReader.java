package dev.gabor.train;

import dev.gabor.tensor.Tensor;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads {@link SafeTensors} and checks the file before any tensor is allocated. */
final class SafeTensorsReader {
  // The limit of the format's own reader.
  private static final long MAX_HEADER_BYTES = 100_000_000;
  private static final int CHUNK_BYTES = 1 << 16;

  private final Path file;
  private final FileChannel channel;

  private SafeTensorsReader(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  static SafeTensors read(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      return new SafeTensorsReader(file, channel).read();
    } catch (NoSuchFileException e) {
      throw new ModelFileException(file, "file not found", e);
    } catch (IOException e) {
      throw new ModelFileException(file, "cannot be read: " + e, e);
    }
  }

  private SafeTensors read() throws IOException {
    int headerBytes = headerBytes();
    byte[] text = bytes(SafeTensorsHeader.LENGTH_BYTES, headerBytes).array();
    SafeTensorsHeader header = SafeTensorsHeaderReader.read(file, text);
    long dataStart = (long) SafeTensorsHeader.LENGTH_BYTES + headerBytes;
    checkLayout(header, dataStart);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (SafeTensorsHeader.Entry entry : header.entries()) {
      tensors.put(entry.name(), tensor(entry, dataStart));
    }
    return new SafeTensors(header.metadata(), tensors);
  }

  private int headerBytes() throws IOException {
    long size = channel.size();
    if (size < SafeTensorsHeader.LENGTH_BYTES) {
      throw new ModelFileException(
          file,
          "byte %d: cut short: expected at least %d bytes, found %d"
              .formatted(size, SafeTensorsHeader.LENGTH_BYTES, size));
    }
    long length = bytes(0, SafeTensorsHeader.LENGTH_BYTES).getLong();
    if (length < 2 || length > MAX_HEADER_BYTES) {
      throw new ModelFileException(
          file,
          "byte 0: not a safetensors file: expected a header of 2 to %d bytes, found %s"
              .formatted(MAX_HEADER_BYTES, Long.toUnsignedString(length)));
    }
    if (length > size - SafeTensorsHeader.LENGTH_BYTES) {
      throw new ModelFileException(
          file,
          "byte %d: cut short in the header: expected %d bytes, found %d"
              .formatted(size, SafeTensorsHeader.LENGTH_BYTES + length, size));
    }
    return (int) length;
  }

  private void checkLayout(SafeTensorsHeader header, long dataStart) throws IOException {
    List<SafeTensorsHeader.Entry> sorted = new ArrayList<>(header.entries());
    sorted.sort(Comparator.comparingLong(SafeTensorsHeader.Entry::begin));
    long expected = 0;
    String before = "the header";
    for (SafeTensorsHeader.Entry entry : sorted) {
      if (entry.begin() != expected) {
        throw new ModelFileException(
            file,
            "header: \"%s\": data_offsets: expected to begin at %d, right after %s, found %d"
                .formatted(entry.name(), expected, before, entry.begin()));
      }
      expected = entry.end();
      before = '"' + entry.name() + '"';
    }
    long size = channel.size();
    if (size != dataStart + expected) {
      throw new ModelFileException(
          file,
          "byte %d: %s: expected %d bytes, found %d"
              .formatted(
                  Math.min(size, dataStart + expected),
                  size < dataStart + expected ? "cut short" : "bytes after the last tensor",
                  dataStart + expected,
                  size));
    }
  }

  private Tensor tensor(SafeTensorsHeader.Entry entry, long dataStart) throws IOException {
    float[] data = new float[entry.shape().arrayLength()];
    int perChunk = CHUNK_BYTES / entry.type().sizeBytes();
    long position = dataStart + entry.begin();
    for (int done = 0; done < data.length; ) {
      int count = Math.min(perChunk, data.length - done);
      ByteBuffer chunk = bytes(position, count * entry.type().sizeBytes());
      position += chunk.capacity();
      for (int end = done + count; done < end; done++) {
        data[done] = entry.type().next(chunk);
      }
    }
    return new Tensor(entry.shape(), data);
  }

  private ByteBuffer bytes(long position, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, position + bytes.position()) < 0) {
        throw new EOFException("the file became shorter while it was read");
      }
    }
    return bytes.flip();
  }
}
