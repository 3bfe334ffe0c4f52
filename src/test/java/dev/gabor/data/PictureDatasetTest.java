package dev.gabor.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PictureDatasetTest {
  private static final PictureOptions OPTIONS = PictureOptions.DEFAULT;

  @TempDir private Path folder;

  private static float[] read(Dataset set, int index) {
    float[] sample = new float[set.shape().arrayLength()];
    set.read(index, sample, 0);
    return sample;
  }

  private void assertRefused(PictureOptions options, String message) {
    assertThatThrownBy(() -> PictureDataset.ofFolder(folder, options))
        .isInstanceOf(DataException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "bmp", "gif"})
  void aFolderForEachClass(String ending) throws IOException {
    Pictures.plain(folder.resolve("red").resolve("deep").resolve("b." + ending), 8, 8, 0xFF0000);
    Pictures.plain(folder.resolve("red").resolve("a." + ending), 8, 8, 0x0000FF);
    Pictures.plain(folder.resolve("Green").resolve("c." + ending), 8, 8, 0x00FF00);
    Files.createDirectories(folder.resolve(".hidden"));
    Files.writeString(folder.resolve("red").resolve("notes.txt"), "no picture");
    PictureDataset set = PictureDataset.ofFolder(folder, OPTIONS);
    assertThat(set.classNames()).containsExactly("Green", "red");
    assertThat(set.shape()).isEqualTo(Shape.of(3, 8, 8));
    assertThat(set.classCounts()).containsExactly(1, 2);
    assertThat(set.file(1)).hasFileName("a." + ending);
    assertThat(set.label(2)).isEqualTo(1);
    float[] red = read(set, 2);
    assertThat(red[0]).isCloseTo(1, within(0.02f));
    assertThat(red[64]).isCloseTo(0, within(0.02f));
    assertThat(set.balancedClassWeights()).containsExactly(1.5f, 0.75f);
    set.verify();
  }

  @Test
  void picturesWithoutColourHaveOneChannel() throws IOException {
    Pictures.grey(folder.resolve("a").resolve("1.png"), 5, 4, 51);
    Pictures.grey(folder.resolve("b").resolve("1.jpg"), 5, 4, 102);
    PictureDataset set = PictureDataset.ofFolder(folder, OPTIONS);
    assertThat(set.shape()).isEqualTo(Shape.of(1, 4, 5));
    assertThat(read(set, 0)).containsOnly(51 / 255f);
    assertThat(PictureDataset.ofFolder(folder, OPTIONS.channels(3)).shape())
        .isEqualTo(Shape.of(3, 4, 5));
    Pictures.plain(folder.resolve("b").resolve("2.png"), 5, 4, 0xFF00FF);
    assertThat(PictureDataset.ofFolder(folder, OPTIONS).shape()).isEqualTo(Shape.of(3, 4, 5));
  }

  /** A picture of three stripes, twice as wide as high: cut to its middle, or squeezed. */
  @Test
  void otherSizesAreStretchedOrCut() throws IOException {
    var picture =
        new java.awt.image.BufferedImage(64, 32, java.awt.image.BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 64 * 32; i++) {
      picture.setRGB(i % 64, i / 64, i % 64 < 16 ? 0xFF0000 : i % 64 < 48 ? 0x00FF00 : 0x0000FF);
    }
    Files.createDirectories(folder.resolve("a"));
    javax.imageio.ImageIO.write(picture, "png", folder.resolve("a").resolve("1.png").toFile());
    Path other = Pictures.plain(folder.resolve("b").resolve("1.png"), 8, 8, 0);
    assertRefused(
        OPTIONS,
        "%s: picture of 8x8, but %s has 32x64: say which size they shall get"
                .formatted(other, folder.resolve("a").resolve("1.png"))
            + " (--image-size ROWSxCOLUMNS)");
    float[] cut = read(PictureDataset.ofFolder(folder, OPTIONS.size(8, 8).fit(PictureFit.CROP)), 0);
    for (int i = 0; i < 64; i++) {
      assertThat(cut[64 + i]).as("green at %d", i).isCloseTo(1, within(1e-6f));
    }
    float[] squeezed = read(PictureDataset.ofFolder(folder, OPTIONS.size(8, 8)), 0);
    assertThat(squeezed[0]).isEqualTo(1);
    assertThat(squeezed[64]).isZero();
    assertThat(squeezed[64 + 4]).isEqualTo(1);
    assertThat(squeezed[128 + 7]).isEqualTo(1);
  }

  @Test
  void badPicturesAreNamedOrSkipped() throws IOException {
    Pictures.twoClasses(folder, 3);
    Path text = Files.writeString(folder.resolve("dark").resolve("x.png"), "no picture");
    Path cut = Pictures.damaged(folder.resolve("light").resolve("y.png"));
    assertRefused(OPTIONS, text + ": not a picture: expected PNG, JPEG, GIF or BMP");
    PictureDataset set = PictureDataset.ofFolder(folder, OPTIONS.skippingBad());
    assertThat(set.classCounts()).containsExactly(3, 3);
    assertThat(set.skipped()).hasSize(2);
    assertThat(set.skipped().get(1)).startsWith(cut + ": damaged picture: ");
    // Its head is whole: without skipping it is met when it is read.
    Files.delete(text);
    PictureDataset unread = PictureDataset.ofFolder(folder, OPTIONS.size(8, 8));
    assertThatThrownBy(unread::verify)
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(cut + ": damaged picture: ");
  }

  @Test
  void classesWithoutPicturesAreNamed() throws IOException {
    Pictures.plain(folder.resolve("cat").resolve("1.png"), 4, 4, 0);
    assertRefused(
        OPTIONS,
        folder
            + ": expected a folder of pictures for each of 2 classes or more, found only one: cat");
    Path empty = Files.createDirectory(folder.resolve("dog"));
    assertRefused(
        OPTIONS, empty + ": empty class: expected at least one PNG, JPEG, GIF or BMP, found none");
    Files.writeString(empty.resolve("1.jpeg"), "");
    assertRefused(OPTIONS.skippingBad(), folder + ": class dog: no picture of it can be read");
  }

  @Test
  void aListNamesPicturesAndClasses() throws IOException {
    Pictures.twoClasses(folder, 2);
    Path list =
        Files.writeString(
            folder.resolve("list.csv"),
            "path,label\n"
                + "\"dark/0.png\",\"night, \"\"deep\"\"\"\n"
                + "light/1.png, day\n\n"
                + "dark/1.png,day\n");
    PictureDataset set = PictureDataset.ofCsv(list, OPTIONS);
    assertThat(set.classNames()).containsExactly("day", "night, \"deep\"");
    assertThat(set.classCounts()).containsExactly(2, 1);
    assertThat(read(set, 0)).containsOnly(0f);
    Files.writeString(list, "dark/0.png,10\ndark/1.png,9\n");
    assertThat(PictureDataset.ofCsv(list, OPTIONS).classNames()).containsExactly("9", "10");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dark/0.png|line 1: expected path,label, found dark/0.png",
        "dark/0.png,a;dark/0.png,a,b|line 2: expected path,label",
        "dark/0.png,a;no.png,b|line 2: picture not found:",
        "dark/0.png,a;dark/1.png,a|expected pictures of 2 classes or more, found only a",
        "path,label|expected pictures of 2 classes or more, found no line",
      })
  void badListsAreNamed(String text, String fault) throws IOException {
    Pictures.twoClasses(folder, 2);
    Path list = Files.writeString(folder.resolve("list.csv"), text.replace(';', '\n'));
    assertThatThrownBy(() -> PictureDataset.ofCsv(list, OPTIONS))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(list + ": ")
        .hasMessageContaining(fault);
  }

  @Test
  void optionsAreChecked() {
    assertThatThrownBy(() -> OPTIONS.size(0, 3)).hasMessageContaining("image size");
    assertThatThrownBy(() -> OPTIONS.channels(2)).hasMessageContaining("image channels");
    assertThatThrownBy(() -> OPTIONS.testShare(0)).hasMessageContaining("share of the test set");
    assertThatThrownBy(() -> PictureFit.byName("pad")).hasMessageContaining("unknown fit pad");
  }
}
