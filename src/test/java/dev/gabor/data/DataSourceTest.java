package dev.gabor.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSourceTest {
  private static final PictureOptions OPTIONS = PictureOptions.DEFAULT;

  @TempDir private Path folder;

  private DataSource open() {
    return DataSource.of(folder, OPTIONS);
  }

  private void assertRefused(Path path, String message) {
    assertThatThrownBy(() -> DataSource.of(path, OPTIONS).training())
        .isInstanceOf(DataException.class)
        .hasMessage(message);
  }

  private Path cifar(String name, int labelBytes, int records) throws IOException {
    byte[] bytes = new byte[records * (labelBytes + 3072)];
    for (int i = 0; i < records; i++) {
      int start = i * (labelBytes + 3072);
      Arrays.fill(bytes, start, start + labelBytes, (byte) (i + 1));
      Arrays.fill(bytes, start + labelBytes, start + labelBytes + 3072, (byte) (i + 200));
      bytes[start + labelBytes] = 51;
    }
    return Files.write(folder.resolve(name), bytes);
  }

  @Test
  void cifar10() throws IOException {
    for (int i = 1; i <= 5; i++) {
      cifar("data_batch_" + i + ".bin", 1, i);
    }
    Path test = cifar("test_batch.bin", 1, 4);
    assertThat(open().kind()).isEqualTo("CIFAR-10");
    Dataset training = open().training();
    assertThat(training.size()).isEqualTo(15);
    assertThat(training.shape()).isEqualTo(Shape.of(3, 32, 32));
    assertThat(training.classNames()).hasSize(10).startsWith("0", "1");
    // The last record of the last file.
    assertThat(training.label(14)).isEqualTo(5);
    float[] sample = new float[3073];
    training.read(14, sample, 1);
    assertThat(sample[0]).isZero();
    assertThat(sample[1]).isEqualTo(51 / 255f);
    assertThat(sample[3072]).isEqualTo(204 / 255f);
    Files.write(folder.resolve("batches.meta.txt"), names(10));
    assertThat(open().test().classNames()).startsWith("class0").hasSize(10);

    byte[] bytes = Files.readAllBytes(test);
    bytes[2 * 3073] = 10;
    Files.write(test, bytes);
    assertThatThrownBy(() -> open().test())
        .isInstanceOf(DataException.class)
        .hasMessage(test + ": byte 6146: label out of range: expected 0 to 9, found 10");
    Files.write(test, Arrays.copyOf(bytes, bytes.length - 1));
    assertThatThrownBy(() -> open().test())
        .hasMessage(
            test + ": expected a multiple of 3073 bytes (a label and 3x32x32 pixels), found 12291");
    Files.delete(folder.resolve("data_batch_3.bin"));
    assertRefused(folder, folder.resolve("data_batch_3.bin") + ": file not found");
  }

  @Test
  void cifar100InTheFolderOfItsArchive() throws IOException {
    Files.createDirectory(folder.resolve("cifar-100-binary"));
    cifar("cifar-100-binary/train.bin", 2, 7);
    cifar("cifar-100-binary/test.bin", 2, 2);
    Files.write(folder.resolve("cifar-100-binary").resolve("fine_label_names.txt"), names(100));
    assertThat(open().kind()).isEqualTo("CIFAR-100");
    assertThat(open().training().classes()).isEqualTo(100);
    assertThat(open().training().label(6)).isEqualTo(7);
    assertThat(open().test().size()).isEqualTo(2);
    Files.write(folder.resolve("cifar-100-binary").resolve("fine_label_names.txt"), names(99));
    assertThatThrownBy(() -> open().test()).hasMessageContaining("expected 100 names, found 99");
  }

  private static Iterable<String> names(int count) {
    return IntStream.range(0, count).mapToObj(i -> "class" + i).toList();
  }

  @Test
  void idxWithTheNameOfItsSet() throws IOException {
    for (String set : new String[] {"emnist-letters", "emnist-digits"}) {
      Files.write(folder.resolve(set + "-train-images-idx3-ubyte"), IdxFileTest.idx(3, 2, 2));
      Files.write(folder.resolve(set + "-train-labels-idx1-ubyte"), IdxFileTest.idx(3));
      Files.write(
          folder.resolve(set + "-test-images-idx3-ubyte.gz"),
          IdxFileTest.gzip(IdxFileTest.idx(2, 2, 2)));
      Files.write(
          folder.resolve(set + "-test-labels-idx1-ubyte.gz"), IdxFileTest.gzip(IdxFileTest.idx(2)));
    }
    Files.writeString(folder.resolve("emnist-letters-mapping.txt"), "1 65 97\n2 66 98\n");
    assertRefused(
        folder,
        "%s: several sets of IDX files, say which: %s, %s"
            .formatted(folder, folder.resolve("emnist-digits"), folder.resolve("emnist-letters")));
    DataSource letters = DataSource.of(folder.resolve("emnist-letters"), OPTIONS);
    assertThat(letters.kind()).isEqualTo("IDX");
    assertThat(letters.training().classNames()).containsExactly("0", "A", "B");
    assertThat(letters.test().size()).isEqualTo(2);
    DataSource digits = DataSource.of(folder.resolve("emnist-digits"), OPTIONS);
    assertThat(digits.test().classNames()).containsExactly("0", "1", "2");
    Files.writeString(folder.resolve("emnist-letters-mapping.txt"), "1 A\n");
    assertThatThrownBy(letters::training).hasMessageContaining("mapping.txt: expected lines");
  }

  /** EMNIST's files hold images column by column. */
  @Test
  void imagesOfEmnistStandUpright() throws IOException {
    byte[] pixels = IdxFileTest.idx(2, 3, 2);
    for (int i = 0; i < 12; i++) {
      pixels[16 + i] = (byte) (10 * i);
    }
    for (String set : new String[] {"emnist-digits", "kmnist"}) {
      Files.write(folder.resolve(set + "-train-images-idx3-ubyte"), pixels);
      Files.write(folder.resolve(set + "-train-labels-idx1-ubyte"), IdxFileTest.idx(2));
    }
    Path emnist = folder.resolve("emnist-digits");
    for (Dataset set :
        List.of(
            IdxDataset.open(emnist, Split.TRAIN),
            IdxDataset.openAsNeeded(emnist, Split.TRAIN, 1))) {
      assertThat(set.shape()).isEqualTo(Shape.of(1, 2, 3));
      float[] second = new float[7];
      set.read(1, second, 1);
      int[] bytes = {0, 60, 80, 100, 70, 90, 110};
      for (int i = 0; i < bytes.length; i++) {
        assertThat(second[i]).isEqualTo(bytes[i] / 255f);
      }
      assertThat(set.label(1)).isEqualTo(IdxDataset.open(emnist, Split.TRAIN).label(1));
    }
    assertThat(IdxDataset.open(folder.resolve("kmnist"), Split.TRAIN).shape())
        .isEqualTo(Shape.of(1, 3, 2));
  }

  @Test
  void largeIdxFilesAreMapped() throws IOException {
    Files.write(folder.resolve("train-images-idx3-ubyte"), IdxFileTest.idx(5, 3, 2));
    Files.write(folder.resolve("train-labels-idx1-ubyte"), IdxFileTest.idx(5));
    Dataset mapped = IdxDataset.openAsNeeded(folder, Split.TRAIN, 1);
    Dataset held = IdxDataset.openAsNeeded(folder, Split.TRAIN);
    assertThat(mapped).isInstanceOf(RecordDataset.class);
    assertThat(held).isInstanceOf(ByteDataset.class);
    assertThat(mapped.shape()).isEqualTo(held.shape());
    for (int i = 0; i < 5; i++) {
      float[] a = new float[6];
      float[] b = new float[6];
      mapped.read(i, a, 0);
      held.read(i, b, 0);
      assertThat(a).isEqualTo(b);
      assertThat(mapped.label(i)).isEqualTo(held.label(i));
    }
    byte[] bytes = IdxFileTest.idx(5, 3, 2);
    Files.write(folder.resolve("train-images-idx3-ubyte"), Arrays.copyOf(bytes, bytes.length - 6));
    assertThatThrownBy(() -> IdxDataset.openAsNeeded(folder, Split.TRAIN, 1))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("expected 5 images of 6 bytes, found 4");
  }

  @Test
  void picturesAreSplitWhereThereIsNoTestFolder() throws IOException {
    Pictures.twoClasses(folder, 10);
    DataSource source = open();
    assertThat(source.kind()).isEqualTo("pictures by folder");
    assertThat(source.training().classCounts()).containsExactly(8, 8);
    assertThat(source.test().classCounts()).containsExactly(2, 2);
    assertThat(source.validation()).isEmpty();
    DataSource all = DataSource.of(folder, OPTIONS.testShare(1));
    assertThat(all.test().size()).isEqualTo(20);
    assertThatThrownBy(all::training).hasMessageContaining("none are left to train on");
  }

  @Test
  void foldersTrainValAndTest() throws IOException {
    Pictures.twoClasses(folder.resolve("train"), 3);
    Pictures.twoClasses(folder.resolve("val"), 2);
    assertThat(open().training().size()).isEqualTo(6);
    assertThat(open().test().size()).isEqualTo(4);
    assertThat(open().validation()).isEmpty();
    Pictures.plain(folder.resolve("test").resolve("light").resolve("1.png"), 8, 8, 0xFFFFFF);
    assertThat(open().test().size()).isEqualTo(1);
    assertThat(open().test().label(0)).isEqualTo(1);
    assertThat(open().validation().orElseThrow().size()).isEqualTo(4);
    Pictures.plain(folder.resolve("test").resolve("light").resolve("2.png"), 8, 9, 0xFFFFFF);
    assertThatThrownBy(() -> open().test()).hasMessageContaining("say which size");
    Pictures.plain(folder.resolve("test").resolve("grey").resolve("1.png"), 8, 8, 0x808080);
    assertThatThrownBy(() -> open().test())
        .hasMessage(
            folder.resolve("test").resolve("grey")
                + ": class of no training picture; the classes are dark, light");
  }

  @Test
  void listsOfPictures() throws IOException {
    Pictures.twoClasses(folder, 2);
    Path train = folder.resolve("train.csv");
    Files.writeString(train, "dark/0.png,d\nlight/0.png,l\nlight/1.png,l\n");
    Files.writeString(folder.resolve("test.csv"), "dark/1.png,d\n");
    assertThat(open().kind()).isEqualTo("pictures by list");
    assertThat(open().training().size()).isEqualTo(3);
    assertThat(open().test().size()).isEqualTo(1);
    Files.writeString(folder.resolve("test.csv"), "dark/1.png,x\n");
    assertThatThrownBy(() -> open().test())
        .hasMessageContaining("line 1: class x of no training picture; the classes are d, l");
    assertThat(DataSource.of(train, OPTIONS.testShare(0.5)).test().size()).isEqualTo(1);
  }

  @Test
  void skippedPicturesAreCounted() throws IOException {
    Pictures.twoClasses(folder, 5);
    Path bad = Pictures.damaged(folder.resolve("dark").resolve("bad.png"));
    DataSource source = DataSource.of(folder, OPTIONS.skippingBad());
    assertThat(source.remarks()).hasSize(1);
    assertThat(source.remarks().get(0))
        .startsWith("skipped 1 of 11 pictures that cannot be read, the first: " + bad);
    assertThat(DataSource.of(folder, OPTIONS.size(8, 8)).remarks()).isEmpty();
  }

  @Test
  void whatIsNoneOfThemIsRefused() throws IOException {
    assertRefused(
        folder,
        folder
            + ": no data found: looked for IDX files (train-images-idx3-ubyte), CIFAR"
            + " (data_batch_1.bin, train.bin), a folder of pictures for each class, train.csv");
    Path file = Files.writeString(folder.resolve("data.txt"), "");
    assertRefused(file, file + ": expected a folder, or a CSV file of path,label");
    Path absent = folder.resolve("absent");
    assertRefused(absent, absent + ": no such file or folder");
  }
}
