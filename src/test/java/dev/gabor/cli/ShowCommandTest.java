package dev.gabor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.backend.Loss;
import dev.gabor.data.Pictures;
import dev.gabor.nn.Network;
import dev.gabor.train.HandMade;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShowCommandTest {
  @TempDir private Path folder;
  private Path model;
  private Path picture;
  private Path out;

  /** A picture whose left half is red and whose right half is blue. */
  @BeforeEach
  void write() throws IOException {
    model = folder.resolve("red-or-blue.safetensors");
    HandMade.redOrBlue(4, 8).save(model);
    BufferedImage halves = new BufferedImage(64, 32, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 64 * 32; i++) {
      halves.setRGB(i % 64, i / 64, i % 64 < 32 ? 0xC80000 : 0x0000C8);
    }
    picture = folder.resolve("halves.png");
    ImageIO.write(halves, "png", picture.toFile());
    out = folder.resolve("out");
  }

  private CommandLineRun show(Object... options) {
    List<Object> words = new ArrayList<>(List.of("show", model, "--out", out));
    words.addAll(List.of(options));
    return CommandLineRun.of(words.toArray());
  }

  private static int red(BufferedImage image, int x, int y) {
    return image.getRGB(x, y) >> 16 & 255;
  }

  private static int blue(BufferedImage image, int x, int y) {
    return image.getRGB(x, y) & 255;
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void drawsFiltersMapsAndWhereTheClassIsSeen(String device) throws IOException {
    CommandLineRun run = show("--image", picture, "--class", "c0", "--device", device);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out().lines())
        .containsExactly(
            out.resolve("filters.png") + ": 2 filters of 1x1 on 3 channels, conv1",
            out.resolve("maps-relu1.png") + ": 2 of 2 maps of 4x8, relu1",
            out.resolve("activation-map.png") + ": c0, 50.00 %, seen by relu1");
    BufferedImage filters = ImageIO.read(out.resolve("filters.png").toFile());
    // Red outweighs, then blue does: 1 and -0.5 around 128.
    assertThat(filters.getRGB(10, 10) & 0xFFFFFF).isEqualTo(0xFF4141);
    assertThat(filters.getRGB(60, 10) & 0xFFFFFF).isEqualTo(0x4141FF);
    BufferedImage maps = ImageIO.read(out.resolve("maps-relu1.png").toFile());
    assertThat(maps.getRaster().getSample(4, 4, 0)).isEqualTo(255);
    assertThat(maps.getRaster().getSample(45, 4, 0)).isZero();
    // The heat lies on the red half; the blue one is grey.
    BufferedImage heat = ImageIO.read(out.resolve("activation-map.png").toFile());
    assertThat(heat.getWidth()).isEqualTo(256);
    assertThat(heat.getHeight()).isEqualTo(128);
    assertThat(heat.getRGB(250, 60) & 0xFFFFFF).isEqualTo(0x121212);
    assertThat(red(heat, 5, 60)).isGreaterThan(180);
    assertThat(blue(heat, 5, 60)).isBetween(60, 120);

    CommandLineRun other = show("--image", picture, "--class", 1, "--device", device);
    assertThat(other.out()).contains("activation-map.png: c1, 50.00 %");
    heat = ImageIO.read(out.resolve("activation-map.png").toFile());
    assertThat(heat.getRGB(5, 60) & 0xFFFFFF).isEqualTo(0x303030);
    assertThat(red(heat, 250, 60)).isGreaterThan(150);
  }

  @Test
  void oneFileHoldsWhatWasAskedFor() throws IOException {
    out = folder.resolve("one.png");
    assertThat(show().out()).startsWith(out + ": 2 filters of 1x1").hasLineCount(1);
    assertThat(show("--image", picture, "--device", "cpu").out())
        .startsWith(out + ": c0, 50.00 %")
        .hasLineCount(1);
    assertThat(show("--image", picture, "--layer", "conv1", "--maps", 1, "--device", "cpu").out())
        .startsWith(out + ": 1 of 2 maps of 4x8, conv1")
        .hasLineCount(1);
    // conv1 has values below 0.
    assertThat(ImageIO.read(out.toFile()).getRaster().getSample(45, 4, 0)).isEqualTo(65);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(model, picture, out);
    }
  }

  @Test
  void cropsAsThePictureWasTrainedAndKeepsItsProportions() throws IOException {
    Path tall = Pictures.plain(folder.resolve("tall.png"), 300, 600, 0xC80000);
    assertThat(show("--image", tall, "--fit", "crop", "--device", "cpu").code()).isZero();
    BufferedImage heat = ImageIO.read(out.resolve("activation-map.png").toFile());
    assertThat(heat.getWidth()).isEqualTo(2 * heat.getHeight());
    assertThat(show("--image", tall, "--device", "cpu").code()).isZero();
    BufferedImage whole = ImageIO.read(out.resolve("activation-map.png").toFile());
    assertThat(List.of(whole.getWidth(), whole.getHeight()))
        .isEqualTo(
            List.of(
                ImageIO.read(tall.toFile()).getWidth(), ImageIO.read(tall.toFile()).getHeight()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--image PICTURE --layer conv7|no layer conv7, expected one of input, conv1, relu1",
        "--image PICTURE --layer dense1|layer dense1 gives features (2)",
        "--image PICTURE --class cat|no class cat, expected one of c0, c1, or a number below 2",
        "--image PICTURE --class 2|no class 2",
        "--image PICTURE --maps 0|tiles: expected at least 1, found 0",
        "--image PICTURE --fit pad|unknown fit pad",
        "--image MODEL|not a picture: expected PNG, JPEG, GIF or BMP",
        "--image absent.png|absent.png: file not found",
        "--layer conv1|expected --image FILE, too",
        "--class c1|expected --image FILE, too",
      })
  void wrongUseIsOneLineAndCodeTwo(String options, String fault) throws IOException {
    Path old = Files.writeString(Files.createDirectory(out).resolve("filters.png"), "old");
    String words =
        options.replace("PICTURE", picture.toString()).replace("MODEL", model.toString());
    CommandLineRun run = show((Object[]) (words + " --device cpu").split(" ", -1));
    refused(run, fault);
    assertThat(old).hasContent("old");
  }

  private static void refused(CommandLineRun run, String fault) {
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.err().lines().filter(line -> line.startsWith("gabor show: ")))
        .singleElement()
        .asString()
        .contains(fault);
    assertThat(run.err()).doesNotContain("\tat ");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void modelsThatHaveNothingToShow() {
    HandMade.model(
            Network.input(1, 2, 2).flatten().dense(2).build(),
            Loss.crossEntropy(),
            new float[8],
            new float[2])
        .save(model);
    refused(show(), model + ": the network has no convolution");
    HandMade.model(
            Network.input(4, 2, 2).conv2d(1, 1, c -> c.bias(false)).flatten().dense(2).build(),
            Loss.crossEntropy(),
            new float[4],
            new float[8],
            new float[2])
        .save(model);
    refused(
        show("--image", picture, "--device", "cpu"),
        picture + ": a picture has 1 or 3 channels, but the model takes 4");
    assertThat(show().out()).contains("1 filters of 1x1 on 4 channels");
  }

  @Test
  void placesThatCannotBeWritten() throws IOException {
    out = Files.writeString(folder.resolve("file.txt"), "mine");
    refused(show(), out + ": expected a folder or the name of a .png, found a file");
    assertThat(out).hasContent("mine");
    out = folder.resolve("absent").resolve("one.png");
    refused(show(), out + ": cannot be written");
  }
}
