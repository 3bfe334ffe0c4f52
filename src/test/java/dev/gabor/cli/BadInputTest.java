package dev.gabor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.data.Pictures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Data that cannot be learnt from, over a folder that holds an earlier run: one line that names the
 * fault, code 2, and every file as it was.
 */
class BadInputTest {
  private static final String NETWORK =
      """
      {"layers":[{"name":"input","operator":"input","shape":[3,8,8]},
       {"name":"dense","operator":"dense","inputs":["input"],"settings":{"units":2}}]}
      """;

  @TempDir private Path folder;
  private Path data;
  private Path network;
  private Path out;
  private Map<Path, String> before;

  @BeforeEach
  void trainOnce() throws IOException {
    data = Pictures.twoClasses(folder.resolve("data"), 20);
    network = Files.writeString(folder.resolve("network.json"), NETWORK);
    out = folder.resolve("out");
    CommandLineRun run = train(data);
    assertThat(run.code()).as(run.err()).isZero();
    before = files();
    assertThat(before).hasSize(4);
  }

  private CommandLineRun train(Path from, Object... options) {
    List<Object> words =
        new ArrayList<>(
            List.of("train", "--data", from, "--model", network, "--out", out, "--device", "cpu"));
    words.addAll(List.of("--batch", 8, "--epochs", 1));
    words.addAll(Arrays.asList(options));
    return CommandLineRun.of(words.toArray());
  }

  private Map<Path, String> files() throws IOException {
    Map<Path, String> contents = new TreeMap<>();
    try (Stream<Path> all = Files.walk(out)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        contents.put(file, Arrays.toString(Files.readAllBytes(file)));
      }
    }
    return contents;
  }

  private void refuses(String fault, Path from, Object... options) throws IOException {
    CommandLineRun run = train(from, options);
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.err().lines().filter(line -> line.startsWith("gabor train: ")))
        .singleElement()
        .asString()
        .contains(fault);
    assertThat(run.err()).doesNotContain("\tat ").doesNotContain("Exception");
    assertThat(run.out()).isEmpty();
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void picturesThatCannotBeRead() throws IOException {
    Path text = Files.writeString(data.resolve("light").resolve("text.png"), "no picture");
    refuses(text + ": not a picture: expected PNG, JPEG, GIF or BMP", data);
    Files.delete(text);
    // Its head is good, so that it is found when it is read: with every normalisation.
    Path cut = data.resolve("dark").resolve("3.png");
    byte[] whole = Files.readAllBytes(cut);
    Files.write(cut, Arrays.copyOf(whole, whole.length - 28));
    refuses(cut + ": damaged picture: ", data);
    // Without it nothing reads all samples before the first epoch does.
    try (Stream<Path> checkpoints = Files.list(out.resolve("checkpoints"))) {
      for (Path checkpoint : checkpoints.toList()) {
        Files.delete(checkpoint);
      }
    }
    before = files();
    refuses(cut + ": damaged picture: ", data, "--normalize", "none");
    out = folder.resolve("other");
    CommandLineRun run = train(data, "--skip-bad");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err())
        .contains("skipped 1 of 40 pictures that cannot be read, the first: " + cut);
  }

  @Test
  void classesThatAreEmptyOrAlone() throws IOException {
    Path empty = Files.createDirectory(data.resolve("middle"));
    refuses(empty + ": empty class", data);
    Path one = folder.resolve("one");
    Pictures.plain(one.resolve("dark").resolve("1.png"), 8, 8, 0);
    refuses("2 classes or more, found only one: dark", one);
    refuses("no data found", Files.createDirectory(folder.resolve("nothing")));
    refuses("no such file or folder", folder.resolve("absent"));
  }

  @Test
  void picturesOfOtherSizes() throws IOException {
    Path large = Pictures.plain(data.resolve("dark").resolve("x.png"), 9, 12, 0x101010);
    refuses(large + ": picture of 12x9, but ", data);
    refuses("shape is (3,8,8), expected (3,9,9): that of the data", data, "--image-size", 9);
  }

  @Test
  void cifarOfAWrongLength() throws IOException {
    Path cifar = Files.createDirectory(folder.resolve("cifar"));
    for (int i = 1; i <= 5; i++) {
      Files.write(cifar.resolve("data_batch_" + i + ".bin"), new byte[2 * 3073]);
    }
    Path test = Files.write(cifar.resolve("test_batch.bin"), new byte[3073 + 5]);
    refuses(test + ": expected a multiple of 3073 bytes (a label and 3x32x32 pixels)", cifar);
    Path third = Files.write(cifar.resolve("data_batch_3.bin"), new byte[3000]);
    refuses(third + ": expected a multiple of 3073 bytes", cifar);
  }

  /** Only floats can be NaN, and files hold bytes: IDX files of floats are refused as such. */
  @Test
  void filesOfFloats() throws IOException {
    Path idx = Files.createDirectory(folder.resolve("idx"));
    byte[] head = {0, 0, 0x0D, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0x7F, (byte) 0xC0, 0, 0};
    Path images = Files.write(idx.resolve("train-images-idx3-ubyte"), head);
    Files.write(idx.resolve("train-labels-idx1-ubyte"), new byte[] {0, 0, 8, 1, 0, 0, 0, 1, 0});
    refuses(images + ": byte 2: unsupported IDX type: expected 08 (unsigned byte)", idx);
  }

  @Test
  void checkpointsOfAnotherModelOrOtherData() throws IOException {
    String checkpoint = out.resolve("checkpoints").toString();
    refuses(checkpoint + ": holds 1 checkpoints of an earlier run", data);
    Path other = Pictures.twoClasses(folder.resolve("other-data"), 24);
    refuses("a checkpoint of other training data: it has ", other, "--resume");
    Files.writeString(network, NETWORK.replace("\"units\":2", "\"units\":2,\"bias\":false"));
    refuses("a checkpoint of another model, layer 2: it has ", data, "--resume");
  }
}
