package dev.gabor.data;

import dev.gabor.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Opens the binary versions of CIFAR-10 and CIFAR-100 (Krizhevsky 2009): colour images 3×32×32,
 * each after the byte of its class, or in CIFAR-100 after those of its coarse and its fine class,
 * of which the fine one counts. The files are mapped, not read into memory.
 */
public final class CifarDataset {
  private static final Shape SHAPE = Shape.of(3, 32, 32);

  /** The two sets. */
  public enum Kind {
    /** Ten classes: {@code data_batch_1.bin} to 5, {@code test_batch.bin}. */
    CIFAR_10("CIFAR-10", 1, 10, "cifar-10-batches-bin", "batches.meta.txt"),
    /** A hundred fine classes: {@code train.bin}, {@code test.bin}. */
    CIFAR_100("CIFAR-100", 2, 100, "cifar-100-binary", "fine_label_names.txt");

    private final String title;
    private final int labelBytes;
    private final int classes;
    private final String folder;
    private final String names;

    Kind(String title, int labelBytes, int classes, String folder, String names) {
      this.title = title;
      this.labelBytes = labelBytes;
      this.classes = classes;
      this.folder = folder;
      this.names = names;
    }

    /** The name of the set. */
    public String title() {
      return title;
    }

    private List<String> files(Split split) {
      if (this == CIFAR_100) {
        return List.of(split == Split.TRAIN ? "train.bin" : "test.bin");
      }
      return split == Split.TEST
          ? List.of("test_batch.bin")
          : IntStream.rangeClosed(1, 5).mapToObj(i -> "data_batch_" + i + ".bin").toList();
    }

    private boolean isIn(Path folder) {
      return Arrays.stream(Split.values())
          .map(split -> folder.resolve(files(split).get(0)))
          .anyMatch(Files::isRegularFile);
    }
  }

  private CifarDataset() {}

  /** Which of the sets a folder holds, itself or in the folder that the archive unpacks to. */
  public static Optional<Kind> kindOf(Path folder) {
    return Arrays.stream(Kind.values())
        .filter(kind -> kind.isIn(folder) || kind.isIn(folder.resolve(kind.folder)))
        .findFirst();
  }

  /**
   * Opens one part. The names of the classes are read from the file that lies beside the data;
   * where it is missing they are numbers.
   *
   * @throws DataException if a file is missing, has a wrong length, or holds a label without class
   */
  public static Dataset open(Path folder, Split split) {
    Kind kind =
        kindOf(folder)
            .orElseThrow(
                () ->
                    new DataException(
                        folder
                            + ": no CIFAR files: looked for data_batch_1.bin, test_batch.bin,"
                            + " train.bin, test.bin"));
    Path place = kind.isIn(folder) ? folder : folder.resolve(kind.folder);
    int recordBytes = kind.labelBytes + SHAPE.arrayLength();
    RecordFiles records = new RecordFiles(recordBytes);
    String recordName =
        "%s and 3x32x32 pixels".formatted(kind.labelBytes == 1 ? "a label" : "two labels");
    int[] ends = new int[kind.files(split).size()];
    for (int i = 0; i < ends.length; i++) {
      Path file = place.resolve(kind.files(split).get(i));
      if (!Files.isRegularFile(file)) {
        throw new DataException(file + ": file not found");
      }
      records.add(file, 0, recordName);
      ends[i] = records.count();
    }
    int[] labels = new int[records.count()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = records.byteAt(i, kind.labelBytes - 1);
      if (labels[i] >= kind.classes) {
        throw badLabel(place, kind, split, ends, i, labels[i]);
      }
    }
    return new RecordDataset(SHAPE, names(place, kind), records, kind.labelBytes, labels);
  }

  private static DataException badLabel(
      Path place, Kind kind, Split split, int[] ends, int record, int label) {
    int file = 0;
    while (record >= ends[file]) {
      file++;
    }
    long inFile = (long) record - (file == 0 ? 0 : ends[file - 1]);
    return DataException.at(
        place.resolve(kind.files(split).get(file)),
        inFile * (kind.labelBytes + SHAPE.arrayLength()) + kind.labelBytes - 1,
        "label out of range: expected 0 to %d, found %d".formatted(kind.classes - 1, label));
  }

  private static List<String> names(Path place, Kind kind) {
    Path file = place.resolve(kind.names);
    if (!Files.isRegularFile(file)) {
      return IntStream.range(0, kind.classes).mapToObj(Integer::toString).toList();
    }
    try {
      List<String> names =
          Files.readAllLines(file).stream().map(String::strip).filter(n -> !n.isEmpty()).toList();
      if (names.size() != kind.classes) {
        throw new DataException(
            "%s: expected %d names, found %d".formatted(file, kind.classes, names.size()));
      }
      return names;
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + e, e);
    }
  }
}
