package dev.gabor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.data.Pictures;
import dev.gabor.train.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Folders of pictures from the command line: trained on, judged, predicted, and all that is bad.
 */
class PictureTrainingTest {
  private static final String NETWORK =
      """
      {"layers":[{"name":"input","operator":"input","shape":[3,8,8]},
       {"name":"flat","operator":"flatten","inputs":["input"],"settings":{}},
       {"name":"dense","operator":"dense","inputs":["flat"],"settings":{"units":2}}]}
      """;

  @TempDir private Path folder;
  private Path data;
  private Path network;

  @BeforeEach
  void write() throws IOException {
    data = Pictures.twoClasses(folder.resolve("data"), 30);
    network = Files.writeString(folder.resolve("network.json"), NETWORK);
  }

  private CommandLineRun train(Object... options) {
    List<Object> words =
        new ArrayList<>(List.of("train", "--data", data, "--model", network, "--batch", 8));
    if (!List.of(options).contains("--device")) {
      words.addAll(List.of("--device", "cpu"));
    }
    if (!List.of(options).contains("--epochs")) {
      words.addAll(List.of("--epochs", 3));
    }
    words.addAll(List.of(options));
    return CommandLineRun.of(words.toArray());
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void learnsDarkAndLight(String device) throws IOException {
    Path out = folder.resolve("out");
    CommandLineRun run =
        train(
            "--device",
            device,
            "--augment",
            "flip,crop=1,rotate=5,brightness=0.05,mixup=0.2,cutmix",
            "--class-weights",
            "balanced",
            "--validation-split",
            0.25,
            "--workers",
            2,
            "--fit",
            "crop",
            "--epochs",
            8,
            "--out",
            out);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err())
        .contains(data + " (pictures by folder), 36 images (3,8,8) to train on, 12 to validate");
    assertThat(run.out()).startsWith("test accuracy 1.0000");
    Path model = out.resolve("model.safetensors");
    assertThat(Model.load(model).provenance().settings())
        .containsEntry("image_fit", "crop")
        .containsEntry("class_weights", "[1.0, 1.0]")
        .containsEntry("augment", "flip,crop=1,rotate=5,brightness=0.05,mixup=0.2,cutmix");

    // Pictures of another size are fitted to the model.
    Path others = folder.resolve("others");
    Pictures.plain(others.resolve("dark").resolve("1.png"), 20, 12, 0x202020);
    Path light = Pictures.plain(others.resolve("light").resolve("1.jpg"), 9, 30, 0xE0E0E0);
    CommandLineRun judged =
        CommandLineRun.of(
            "evaluate", model, "--data", others, "--test-split", 1, "--device", device);
    assertThat(judged.code()).as(judged.err()).isZero();
    assertThat(judged.out()).startsWith("accuracy 1.0000").contains("on 2 images");
    assertThat(CommandLineRun.of("predict", model, light, "--top", 1, "--device", device).out())
        .contains("light");
    Pictures.plain(others.resolve("dim").resolve("1.png"), 8, 8, 0x202020);
    Files.delete(others.resolve("light").resolve("1.jpg"));
    Files.delete(others.resolve("light"));
    assertThat(
            CommandLineRun.of(
                    "evaluate", model, "--data", others, "--test-split", 1, "--device", device)
                .err())
        .contains("remark: the classes of the data are not those that the model was trained on");
  }

  @Test
  void theSameSeedAugmentsTheSameForAnyNumberOfWorkers() throws IOException {
    for (int workers : new int[] {1, 3}) {
      CommandLineRun run =
          train(
              "--augment",
              "flip,crop=2,erase",
              "--workers",
              workers,
              "--out",
              folder.resolve("" + workers));
      assertThat(run.code()).as(run.err()).isZero();
    }
    assertThat(
            Model.load(folder.resolve("1").resolve("model.safetensors"))
                .parameters()
                .get("dense.weight")
                .data())
        .isEqualTo(
            Model.load(folder.resolve("3").resolve("model.safetensors"))
                .parameters()
                .get("dense.weight")
                .data());
  }

  @Test
  void aBadPictureIsNamedOrSkipped() throws IOException {
    Path bad = Pictures.damaged(data.resolve("dark").resolve("bad.png"));
    CommandLineRun run = train("--image-size", 8);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err().lines().filter(line -> line.startsWith("gabor train: ")))
        .singleElement()
        .asString()
        .contains(bad + ": damaged picture: ");
    assertThat(run.err()).doesNotContain("\tat ");
    run = train("--skip-bad");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err())
        .contains("skipped 1 of 61 pictures that cannot be read, the first: " + bad);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--augment blur|unknown augmentation \"blur\"",
        "--class-weights heavy|unknown class weights heavy, expected one of none, balanced",
        "--image-size 0|image size: expected rows, or ROWSxCOLUMNS, found 0",
        "--image-size 8x|image size: expected rows",
        "--fit pad|unknown fit pad, expected one of stretch, crop",
        "--channels 2|image channels: expected 1 for grey or 3 for colour, found 2",
        "--validation-split 0|split: fraction 1.0",
        "--test-split 2|share of the test set",
        "--test-split 1|none are left to train on",
        "--workers 0|loader threads: expected at least 1, found 0",
        "--image-size 9|layer input: shape is (3,8,8), expected (3,9,9)",
      })
  void wrongUseIsOneLineAndCodeTwo(String options, String fault) {
    CommandLineRun run = train((Object[]) options.split(" ", -1));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err().lines().reduce((first, last) -> last).orElse(""))
        .startsWith("gabor train: ")
        .contains(fault);
    assertThat(run.err()).doesNotContain("\tat ");
  }

  @Test
  void foldersThatCannotBeLearntFrom() throws IOException {
    Path empty = Files.createDirectory(data.resolve("dim"));
    CommandLineRun run = train();
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).hasLineCount(1).contains(empty + ": empty class");
    Path one = folder.resolve("one");
    Pictures.plain(one.resolve("dark").resolve("1.png"), 8, 8, 0);
    run = CommandLineRun.of("train", "--data", one);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).hasLineCount(1).contains("2 classes or more, found only one: dark");
  }
}
