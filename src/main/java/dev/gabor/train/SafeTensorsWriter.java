package dev.gabor.train;

import dev.gabor.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes {@link SafeTensors}. */
final class SafeTensorsWriter {
  private static final int CHUNK_BYTES = 1 << 16;

  private SafeTensorsWriter() {}

  static void write(SafeTensors contents, Path file) {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    try {
      try {
        writeTo(temporary, contents);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new ModelFileException(file, "cannot be written: " + e, e);
    }
  }

  private static void writeTo(Path file, SafeTensors contents) throws IOException {
    byte[] header = SafeTensorsHeader.of(contents).toBytes();
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      flush(chunk.putLong(header.length), channel);
      flush(ByteBuffer.wrap(header).position(header.length), channel);
      for (Tensor tensor : contents.tensors().values()) {
        float[] data = tensor.data();
        for (int done = 0; done < data.length; ) {
          int count = Math.min(data.length - done, CHUNK_BYTES / Float.BYTES);
          chunk.asFloatBuffer().put(data, done, count);
          flush(chunk.position(count * Float.BYTES), channel);
          done += count;
        }
      }
      channel.force(true);
    }
  }

  private static void flush(ByteBuffer chunk, FileChannel channel) throws IOException {
    chunk.flip();
    while (chunk.hasRemaining()) {
      channel.write(chunk);
    }
    chunk.clear();
  }
}
