package dev.gabor.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdxFileTest {
  @TempDir Path folder;

  /** The bytes of an IDX file whose elements count up from 0. */
  static byte[] idx(int... lengths) {
    int elements = Arrays.stream(lengths).reduce(1, (a, b) -> a * b);
    ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * lengths.length + elements);
    bytes.put((byte) 0).put((byte) 0).put((byte) 8).put((byte) lengths.length);
    Arrays.stream(lengths).forEach(bytes::putInt);
    for (int i = 0; i < elements; i++) {
      bytes.put((byte) i);
    }
    return bytes.array();
  }

  static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
      out.write(bytes);
    }
    return zipped.toByteArray();
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("some-idx"), bytes);
  }

  private void assertRefused(byte[] bytes, String fault) throws IOException {
    Path file = write(bytes);
    assertThatThrownBy(() -> IdxFile.read(file))
        .isInstanceOf(DataException.class)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(file + ": " + fault);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void readsEveryRankPlainAndZipped(int rank) throws IOException {
    int[] lengths = Arrays.copyOf(new int[] {7, 13, 3, 1}, rank);
    byte[] bytes = idx(lengths);
    for (byte[] content : new byte[][] {bytes, gzip(bytes)}) {
      IdxFile file = IdxFile.read(write(content));
      assertThat(file.shape()).isEqualTo(Shape.of(lengths));
      assertThat(file.headerBytes()).isEqualTo(4 + 4 * rank);
      assertThat(file.data())
          .isEqualTo(Arrays.copyOfRange(bytes, file.headerBytes(), bytes.length));
    }
  }

  @Test
  void refusesAMissingFile() {
    Path file = folder.resolve("absent");
    assertThatThrownBy(() -> IdxFile.read(file))
        .isInstanceOf(DataException.class)
        .hasMessage(file + ": file not found");
  }

  @Test
  void refusesAFolder() {
    assertThatThrownBy(() -> IdxFile.read(folder))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(folder + ": cannot be read: ");
  }

  @Test
  void refusesWhatIsCutShort() throws IOException {
    byte[] bytes = idx(2, 3);
    assertRefused(new byte[0], "byte 0: cut short in the header: expected 4 bytes, found 0");
    assertRefused(
        Arrays.copyOf(bytes, 10), "byte 10: cut short in the header: expected 12 bytes, found 10");
    String body = "cut short: shape (2,3): expected 6 bytes after the header, found ";
    assertRefused(Arrays.copyOf(bytes, 12), "byte 12: " + body + 0);
    assertRefused(Arrays.copyOf(bytes, 17), "byte 17: " + body + 5);
    assertRefused(gzip(Arrays.copyOf(bytes, 17)), "byte 17: " + body + 5);
  }

  @Test
  void refusesTrailingBytes() throws IOException {
    byte[] bytes = Arrays.copyOf(idx(2, 3), 19);
    String fault = "byte 18: expected the end of the file after shape (2,3), found more bytes";
    assertRefused(bytes, fault);
    assertRefused(gzip(bytes), fault);
  }

  @Test
  void refusesAWrongMagicTypeOrRank() throws IOException {
    byte[] bytes = idx(2, 3);
    bytes[1] = 1;
    assertRefused(bytes, "byte 0: not an IDX file: expected magic 00 00, found 00 01");
    bytes[1] = 0;
    bytes[2] = 0x0d;
    assertRefused(bytes, "byte 2: unsupported IDX type: expected 08 (unsigned byte), found 0d");
    bytes[2] = 8;
    bytes[3] = 5;
    assertRefused(bytes, "byte 3: expected 1 to 4 axes, found 5");
    bytes[3] = 0;
    assertRefused(bytes, "byte 3: expected 1 to 4 axes, found 0");
  }

  @Test
  void refusesEmptyAndHugeAxes() throws IOException {
    byte[] bytes = idx(2, 3);
    ByteBuffer.wrap(bytes).putInt(8, 0);
    assertRefused(
        bytes, "byte 8: length of axis 1: expected 1 to 2147483639 elements in all, found 0");
    ByteBuffer.wrap(bytes).putInt(8, -1);
    assertRefused(
        bytes,
        "byte 8: length of axis 1: expected 1 to 2147483639 elements in all, found 4294967295");
  }

  @Test
  void aDamagedHeaderDoesNotAllocateWhatItPromises() throws IOException {
    byte[] bytes = idx(2, 3);
    ByteBuffer.wrap(bytes).putInt(4, 700_000_000);
    assertRefused(
        bytes,
        "byte 18: cut short: shape (700000000,3): expected 2100000000 bytes after the header,"
            + " found 6");
  }

  @Test
  void refusesCorruptGzip() throws IOException {
    byte[] zipped = gzip(idx(100, 13));
    byte[] flipped = zipped.clone();
    flipped[flipped.length - 6] ^= 1;
    assertRefused(flipped, "corrupt gzip data: Corrupt GZIP trailer");
    assertRefused(Arrays.copyOf(zipped, 40), "gzip data cut short: the stream ends before its end");
    assertRefused(Arrays.copyOf(zipped, 5), "gzip data cut short: the stream ends before its end");
  }
}
