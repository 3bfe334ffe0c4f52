package dev.gabor.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureFileTest {
  @TempDir private Path folder;

  @Test
  void colourGoesToThreePlanes() throws IOException {
    BufferedImage picture = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
    picture.setRGB(0, 0, 0xFF8000);
    picture.setRGB(1, 0, 0x0000FF);
    Tensor sample = PictureFile.read(png(picture), Shape.of(3, 1, 2));
    assertThat(sample.data()).containsExactly(1f, 0f, 128 / 255f, 0f, 0f, 1f);
  }

  @Test
  void colourBecomesGreyByBt601() throws IOException {
    BufferedImage picture = new BufferedImage(3, 1, BufferedImage.TYPE_INT_RGB);
    picture.setRGB(0, 0, 0xFF0000);
    picture.setRGB(1, 0, 0x00FF00);
    picture.setRGB(2, 0, 0x0000FF);
    Tensor sample = PictureFile.read(png(picture), Shape.of(1, 1, 3));
    assertThat(sample.data()).containsExactly(new float[] {0.299f, 0.587f, 0.114f}, within(1e-6f));
  }

  @ParameterizedTest
  @ValueSource(ints = {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY})
  void greyValuesStayWhatTheyAre(int type) throws IOException {
    BufferedImage picture = new BufferedImage(1, 1, type);
    int white = type == BufferedImage.TYPE_BYTE_GRAY ? 255 : 65535;
    picture.getRaster().setSample(0, 0, 0, white / 255 * 100);
    Tensor sample = PictureFile.read(png(picture), Shape.of(1, 1, 1));
    assertThat(sample.data()[0]).isCloseTo(100 / 255f, within(0.5f / 255));
  }

  @Test
  void reducingAveragesAllPixels() throws IOException {
    BufferedImage picture = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 64; i++) {
      picture.setRGB(i % 8, i / 8, (i % 8 + i / 8) % 2 == 0 ? 0xFFFFFF : 0);
    }
    Tensor sample = PictureFile.read(png(picture), Shape.of(1, 2, 2));
    assertThat(sample.data())
        .containsExactly(new float[] {0.5f, 0.5f, 0.5f, 0.5f}, within(2f / 255));
  }

  @Test
  void enlargingKeepsAPlainColour() throws IOException {
    BufferedImage picture = new BufferedImage(3, 5, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 15; i++) {
      picture.setRGB(i % 3, i / 3, 0x333333);
    }
    Tensor sample = PictureFile.read(png(picture), Shape.of(1, 13, 7));
    assertThat(sample.data()).hasSize(91).containsOnly(sample.data()[0]);
    assertThat(sample.data()[0]).isCloseTo(0.2f, within(1e-6f));
  }

  @Test
  void badFilesAreNamed() throws IOException {
    Path missing = folder.resolve("missing.png");
    assertThatThrownBy(() -> PictureFile.read(missing, Shape.of(1, 2, 2)))
        .isInstanceOf(DataException.class)
        .hasMessage(missing + ": file not found");
    Path text = Files.writeString(folder.resolve("text.png"), "no picture");
    assertThatThrownBy(() -> PictureFile.read(text, Shape.of(1, 2, 2)))
        .hasMessage(text + ": not a picture: expected PNG, JPEG, GIF or BMP");
    Path whole = png(new BufferedImage(40, 40, BufferedImage.TYPE_INT_RGB));
    byte[] bytes = Files.readAllBytes(whole);
    Path cut = Files.write(folder.resolve("cut.png"), java.util.Arrays.copyOf(bytes, 60));
    assertThatThrownBy(() -> PictureFile.read(cut, Shape.of(1, 2, 2)))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(cut + ": damaged picture: ");
    assertThatThrownBy(() -> PictureFile.read(whole, Shape.of(2, 2, 2)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the model takes 2");
  }

  private Path png(BufferedImage picture) throws IOException {
    Path file = folder.resolve("picture.png");
    ImageIO.write(picture, "png", file.toFile());
    return file;
  }
}
