package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafeTensorsTest {
  @TempDir Path folder;

  private static SafeTensors example() {
    float[] large = new float[33 * 1001];
    for (int i = 0; i < large.length; i++) {
      large[i] = i * 0.37f - 1000;
    }
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("z.weight", new Tensor(Shape.of(33, 1001), large));
    tensors.put("a \"quoted\" größe", Tensor.of(Shape.of(1, 3), -0f, Float.NaN, Float.MIN_VALUE));
    tensors.put("scalar", Tensor.of(Shape.of(), 42));
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", "pt");
    metadata.put("note", "line\nbreak ×");
    return new SafeTensors(metadata, tensors);
  }

  @Test
  void readsBackEveryBitInOrder() throws IOException {
    Path file = folder.resolve("model.safetensors");
    example().write(file);
    SafeTensors read = SafeTensors.read(file);
    assertThat(read.metadata()).containsExactlyEntriesOf(example().metadata());
    assertThat(read.tensors().keySet()).containsExactlyElementsOf(example().tensors().keySet());
    example()
        .tensors()
        .forEach(
            (name, tensor) -> {
              assertThat(read.tensors().get(name).shape()).isEqualTo(tensor.shape());
              assertThat(bits(read.tensors().get(name))).containsExactly(bits(tensor));
            });
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  private static int[] bits(Tensor tensor) {
    int[] bits = new int[tensor.data().length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(tensor.data()[i]);
    }
    return bits;
  }

  @Test
  void writesTheFormatByteForByte() throws IOException {
    Path file = folder.resolve("small.safetensors");
    new SafeTensors(Map.of(), Map.of("w", Tensor.of(Shape.of(2), 1, -2))).write(file);
    String header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    ByteBuffer expected = ByteBuffer.allocate(8 + 56 + 8).order(ByteOrder.LITTLE_ENDIAN);
    expected.putLong(56).put(header.getBytes(StandardCharsets.UTF_8));
    while (expected.position() < 64) {
      expected.put((byte) ' ');
    }
    expected.putFloat(1).putFloat(-2);
    assertThat(Files.readAllBytes(file)).containsExactly(expected.array());
  }

  @Test
  void theSameContentsGiveTheSameBytes() throws IOException {
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    example().write(first);
    Files.writeString(second, "an older file");
    example().write(second);
    assertThat(second).hasSameBinaryContentAs(first);
    long headerBytes =
        ByteBuffer.wrap(Files.readAllBytes(first)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertThat(headerBytes % 8).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "F64, 000000000000f8bf 0000000000000440, -1.5, 2.5",
    "F32, 0000c0bf 00002040, -1.5, 2.5",
    "F16, 00be 0041, -1.5, 2.5",
    "F16, 0180 ff7b, -5.9604645e-8, 65504",
    "F16, 0000 007c, 0, Infinity",
    "BF16, c0bf 2040, -1.5, 2.5",
    "I64, ffffffffffffffff 0700000000000000, -1, 7",
    "I32, ffffffff 07000000, -1, 7",
    "U8, ff 07, 255, 7",
  })
  void readsOtherTypesAsFloats(String type, String hex, float first, float second)
      throws IOException {
    byte[] data = HexFormat.of().parseHex(hex.replace(" ", ""));
    String header =
        "{\"x\":{\"dtype\":\"%s\",\"shape\":[2],\"data_offsets\":[0,%d]}}"
            .formatted(type, data.length);
    Path file = folder.resolve("typed");
    Files.write(file, bytes(header, data));
    assertThat(SafeTensors.read(file).tensors().get("x").data()).containsExactly(first, second);
  }

  static byte[] bytes(String header, byte[] data) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + text.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .put(data)
        .array();
  }

  @Test
  void aFailedWriteLeavesTheOldFile() throws IOException {
    Path file = folder.resolve("kept");
    Files.writeString(file, "old");
    // The temporary name is taken by a folder that cannot be replaced.
    Files.createDirectories(folder.resolve("kept.tmp").resolve("inside"));
    assertThatThrownBy(() -> example().write(file))
        .isInstanceOf(ModelFileException.class)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(file + ": cannot be written: ");
    assertThat(file).hasContent("old");
  }

  @Test
  void aMissingFolderIsNamed() {
    Path file = folder.resolve("absent").resolve("model");
    assertThatThrownBy(() -> example().write(file))
        .isInstanceOf(ModelFileException.class)
        .hasMessageStartingWith(file + ": cannot be written: ");
  }

  @Test
  void theValueDoesNotShareItsMaps() {
    Map<String, String> metadata = new LinkedHashMap<>(Map.of("a", "b"));
    SafeTensors value = new SafeTensors(metadata, Map.of());
    metadata.clear();
    assertThat(value.metadata()).containsEntry("a", "b");
    assertThatThrownBy(() -> new SafeTensors(Map.of(), Map.of("__metadata__", Tensor.zeros(1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("safetensors: a tensor cannot be named __metadata__");
  }

  @Test
  void aFileWithoutTensorsIsAFile() throws IOException {
    Path file = folder.resolve("empty");
    new SafeTensors(Map.of(), Map.of()).write(file);
    assertThat(Files.readAllBytes(file)).hasSize(16);
    assertThat(SafeTensors.read(file).tensors()).isEmpty();
  }

  @Test
  void everyShorterFileIsRefused() throws IOException {
    Path whole = folder.resolve("whole");
    new SafeTensors(Map.of("k", "v"), Map.of("w", Tensor.zeros(3, 1))).write(whole);
    byte[] bytes = Files.readAllBytes(whole);
    Path cut = folder.resolve("cut");
    for (int length = 0; length < bytes.length; length++) {
      Files.write(cut, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> SafeTensors.read(cut))
          .isInstanceOf(ModelFileException.class)
          .hasMessageStartingWith(cut + ": byte " + length + ": cut short")
          .hasMessageEndingWith("bytes, found " + length);
    }
  }
}
