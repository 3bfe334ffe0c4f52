package dev.gabor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FilterCommandTest {
  @TempDir private Path folder;
  private Path in;
  private Path out;

  /** Left half black, right half a colour. */
  @BeforeEach
  void write() throws IOException {
    BufferedImage picture = new BufferedImage(12, 6, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 72; i++) {
      picture.setRGB(i % 12, i / 12, i % 12 < 6 ? 0 : 0xC86400);
    }
    in = folder.resolve("in.png");
    out = folder.resolve("out.png");
    ImageIO.write(picture, "png", in.toFile());
  }

  private CommandLineRun run(Object... options) {
    Object[] words = new Object[options.length + 3];
    words[0] = "filter";
    System.arraycopy(options, 0, words, 1, options.length);
    words[words.length - 2] = in;
    words[words.length - 1] = out;
    return CommandLineRun.of(words);
  }

  private BufferedImage result(Object... options) throws IOException {
    CommandLineRun run = run(options);
    assertThat(run.code()).as(run.err()).isZero();
    return ImageIO.read(out.toFile());
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void edgesStandAroundMiddleGrey(String device) throws IOException {
    BufferedImage edges =
        result("--kernel", "sobel-right", "--border", "replicate", "--device", device);
    assertThat(edges.getWidth()).isEqualTo(12);
    assertThat(edges.getHeight()).isEqualTo(6);
    assertThat(edges.getRGB(1, 3) & 0xFFFFFF).isEqualTo(0x808080);
    // 4 · 200 / 8 above 128 in red, 4 · 100 / 8 in green.
    assertThat(edges.getRGB(5, 3) & 0xFFFFFF).isEqualTo(0xE4B280);
    BufferedImage identity = result("--kernel", "identity", "--size", 5, "--device", device);
    assertThat(identity.getRGB(7, 2) & 0xFFFFFF).isEqualTo(0xC86400);
    assertThat(identity.getRGB(5, 2) & 0xFFFFFF).isZero();
  }

  @Test
  void bordersAndGrey() throws IOException {
    BufferedImage zero = result("--kernel", "mean", "--device", "cpu");
    BufferedImage reflect = result("--kernel", "mean", "--border", "reflect", "--device", "cpu");
    assertThat(zero.getRGB(11, 0) >> 16 & 255).isEqualTo(Math.round(200 * 4 / 9f));
    assertThat(reflect.getRGB(11, 0) >> 16 & 255).isEqualTo(200);
    BufferedImage grey = result("--kernel", "identity", "--grey", "--device", "cpu");
    assertThat(grey.getRaster().getNumBands()).isEqualTo(1);
    // 0.299 · 200 + 0.587 · 100.
    assertThat(grey.getRaster().getSample(8, 3, 0)).isEqualTo(119);
  }

  @Test
  void weightsOfOnesOwn() throws IOException {
    Path kernel = Files.writeString(folder.resolve("half.txt"), "0 1/2 0");
    assertThat(result("--kernel", kernel, "--device", "cpu").getRGB(8, 3) & 0xFFFFFF)
        .isEqualTo(0x643200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--kernel median|unknown kernel median, expected one of identity",
        "--kernel mean --size 4|size: expected an odd number from 1 to 255, found 4",
        "--kernel mean --border wrap|unknown border wrap, expected one of zero",
        "--kernel mean --size 13 --border reflect|reflected borders need to be smaller",
        "--size 3|--kernel",
      })
  void wrongUseIsOneLineAndCodeTwo(String options, String fault) throws IOException {
    Files.writeString(out, "old");
    CommandLineRun run = run((Object[]) options.split(" ", -1));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("gabor filter: ", fault).doesNotContain("\tat ");
    assertThat(out).hasContent("old");
  }

  @Test
  void badFilesAreNamed() throws IOException {
    Path picture = in;
    in = folder.resolve("absent.png");
    assertThat(run("--kernel", "mean").err()).contains(in + ": file not found");
    in = picture;
    out = folder.resolve("out.txt");
    CommandLineRun run = run("--kernel", "mean");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains(out + ": expected a name that ends with .png");
    out = folder.resolve("absent").resolve("out.png");
    run = run("--kernel", "mean", "--device", "cpu");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains(out + ": cannot be written");
  }
}
