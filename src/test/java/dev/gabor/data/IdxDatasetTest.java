package dev.gabor.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdxDatasetTest {
  @TempDir Path folder;

  private Path write(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    return Files.write(file, name.endsWith(".gz") ? IdxFileTest.gzip(bytes) : bytes);
  }

  private void assertRefused(Split split, String message) {
    assertThatThrownBy(() -> IdxDataset.open(folder, split))
        .isInstanceOf(DataException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource({"-,''", "-,.gz", ".,''", ".,.gz"})
  void findsEverySpelling(String separator, String ending) throws IOException {
    write("t10k-images" + separator + "idx3-ubyte" + ending, IdxFileTest.idx(4, 13, 5));
    write("t10k-labels" + separator + "idx1-ubyte" + ending, IdxFileTest.idx(4));
    ByteDataset set = IdxDataset.open(folder, Split.TEST);
    assertThat(set.size()).isEqualTo(4);
    assertThat(set.shape()).isEqualTo(Shape.of(1, 13, 5));
    assertThat(set.classNames()).containsExactly("0", "1", "2", "3");
    assertThat(set.label(3)).isEqualTo(3);
    float[] target = new float[67];
    set.read(3, target, 2);
    // Elements count up: sample 3 starts at 3·13·5 = 195 and passes 255.
    assertThat(target[1]).isZero();
    assertThat(target[2]).isEqualTo(195 / 255f);
    assertThat(target[62]).isEqualTo(1f);
    assertThat(target[63]).isZero();
    assertThat(target[66]).isEqualTo(3 / 255f);
  }

  @Test
  void bothPartsAgreeOnTheClasses() throws IOException {
    write("train-images-idx3-ubyte", IdxFileTest.idx(6, 2, 2));
    write("train-labels-idx1-ubyte", IdxFileTest.idx(6));
    write("t10k-images-idx3-ubyte", IdxFileTest.idx(3, 2, 2));
    write("t10k-labels-idx1-ubyte", IdxFileTest.idx(3));
    assertThat(IdxDataset.open(folder, Split.TRAIN).classes()).isEqualTo(6);
    assertThat(IdxDataset.open(folder, Split.TEST).classes()).isEqualTo(6);
  }

  @Test
  void namesAMissingFolder() {
    Path absent = folder.resolve("absent");
    assertThatThrownBy(() -> IdxDataset.open(absent, Split.TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessage(absent + ": folder of IDX files not found");
  }

  @Test
  void saysWhichNamesWereLookedFor() throws IOException {
    assertRefused(
        Split.TEST,
        folder
            + ": no test labels: looked for t10k-labels-idx1-ubyte, t10k-labels-idx1-ubyte.gz,"
            + " t10k-labels.idx1-ubyte, t10k-labels.idx1-ubyte.gz");
    write("train-labels-idx1-ubyte", IdxFileTest.idx(3));
    assertRefused(
        Split.TRAIN,
        folder
            + ": no training images: looked for train-images-idx3-ubyte,"
            + " train-images-idx3-ubyte.gz, train-images.idx3-ubyte, train-images.idx3-ubyte.gz");
  }

  @Test
  void refusesDifferentCounts() throws IOException {
    Path images = write("train-images-idx3-ubyte", IdxFileTest.idx(5, 2, 2));
    write("train-labels-idx1-ubyte.gz", IdxFileTest.idx(4));
    assertRefused(
        Split.TRAIN,
        images
            + ": byte 4: expected as many images as labels in train-labels-idx1-ubyte.gz: 4,"
            + " found 5");
  }

  @Test
  void refusesLabelsInThePlaceOfImages() throws IOException {
    Path images = write("train-images-idx3-ubyte", IdxFileTest.idx(4));
    Path labels = write("train-labels-idx1-ubyte", IdxFileTest.idx(4));
    assertRefused(
        Split.TRAIN,
        images + ": byte 3: number of axes: expected 3 (images, rows, columns), found 1");
    Files.write(labels, IdxFileTest.idx(4, 1));
    assertRefused(Split.TRAIN, labels + ": byte 3: number of axes: expected 1 (labels), found 2");
  }

  @Test
  void refusesALabelWithoutAClass() throws IOException {
    write("train-images-idx3-ubyte", IdxFileTest.idx(2, 2, 2));
    write("train-labels-idx1-ubyte", IdxFileTest.idx(2));
    write("t10k-images-idx3-ubyte", IdxFileTest.idx(3, 2, 2));
    Path labels = write("t10k-labels-idx1-ubyte", IdxFileTest.idx(3));
    String fault = ": byte 10: label out of range: expected 0 to 1, found 2";
    assertRefused(Split.TEST, labels + fault);
    assertThatThrownBy(() -> IdxDataset.open(folder, Split.TEST, List.of("cat", "dog")))
        .isInstanceOf(DataException.class)
        .hasMessage(labels + fault);
    assertThat(IdxDataset.open(folder, Split.TRAIN, List.of("cat", "dog")).classNames())
        .containsExactly("cat", "dog");
  }
}
