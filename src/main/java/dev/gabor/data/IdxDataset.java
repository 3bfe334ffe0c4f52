package dev.gabor.data;

import dev.gabor.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/**
 * Opens MNIST-like folders: {@code train-images-idx3-ubyte}, {@code train-labels-idx1-ubyte},
 * {@code t10k-images-idx3-ubyte}, {@code t10k-labels-idx1-ubyte}, each plain or with {@code .gz},
 * and each also in the spelling {@code train-images.idx3-ubyte}.
 *
 * <p>The names may begin with that of the set, as EMNIST's {@code emnist-letters-test-images-…};
 * where a folder has several sets, the path is that of the folder and the beginning: {@code
 * data/emnist-letters}. EMNIST's files hold the columns of an image one after the other; where the
 * names begin with {@code emnist} the images are turned upright, others are taken as they lie.
 */
public final class IdxDataset {
  private static final List<String> FASHION =
      List.of(
          "T-shirt/top",
          "Trouser",
          "Pullover",
          "Dress",
          "Coat",
          "Sandal",
          "Shirt",
          "Sneaker",
          "Bag",
          "Ankle boot");
  // IDX files carry no names; the labels of Fashion-MNIST are recognised by their own checksum.
  private static final List<Long> FASHION_LABELS = List.of(0x2ED6E46AL, 0x242BC73FL);

  private static final String IMAGE_AXES = "images, rows, columns";
  private static final String LABEL_AXES = "labels";
  private static final long MAPPED_FROM_BYTES = 1L << 28;

  private IdxDataset() {}

  /**
   * Opens one part of a folder. The classes are counted in the training labels where the folder has
   * them, so that both parts agree; their names are those of Fashion-MNIST where its labels are
   * recognised, those of EMNIST's mapping file where there is one, else "0", "1" and so on.
   *
   * @throws DataException if a file is missing or damaged, the files do not fit each other, or a
   *     label has no class
   */
  public static ByteDataset open(Path folder, Split split) {
    IdxFiles files = files(folder);
    return inMemory(files, split, readLabels(files.get(split, "labels", 1)), names(files, split));
  }

  /**
   * Opens one part of a folder with known classes.
   *
   * @param classNames the name of each label, from 0 on
   * @throws DataException as {@link #open(Path, Split)}
   */
  public static ByteDataset open(Path folder, Split split, List<String> classNames) {
    IdxFiles files = files(folder);
    return inMemory(files, split, readLabels(files.get(split, "labels", 1)), classNames);
  }

  /** Like {@link #open(Path, Split)}, but large files that are not compressed are mapped. */
  static Dataset openAsNeeded(Path folder, Split split) {
    return openAsNeeded(folder, split, MAPPED_FROM_BYTES);
  }

  static Dataset openAsNeeded(Path folder, Split split, long mappedFromBytes) {
    IdxFiles files = files(folder);
    Path imageFile = files.get(split, "images", 3);
    if (imageFile.toString().endsWith(".gz") || imageFile.toFile().length() < mappedFromBytes) {
      return open(folder, split);
    }
    IdxFile labels = readLabels(files.get(split, "labels", 1));
    Shape images = IdxFile.readShape(imageFile);
    requireRank(imageFile, images, 3, IMAGE_AXES);
    List<String> names = names(files, split);
    check(files, split, images.length(0), labels, names);
    RecordFiles records = new RecordFiles(images.length(1) * images.length(2));
    records.add(imageFile, IdxFile.headerBytes(3), "an image");
    if (records.count() != images.length(0)) {
      throw new DataException(
          "%s: expected %d images of %d bytes, found %d"
              .formatted(
                  imageFile,
                  images.length(0),
                  images.length(1) * images.length(2),
                  records.count()));
    }
    int[] numbers = new int[labels.data().length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = labels.data()[i] & 255;
    }
    Shape shape = Shape.of(1, images.length(1), images.length(2));
    Dataset stored = new RecordDataset(shape, names, records, 0, numbers);
    return files.holdsColumns() ? new TransposedDataset(stored) : stored;
  }

  /**
   * Looks at the heads of the files that are there.
   *
   * @throws DataException if one is no IDX file, or has other axes
   */
  static void checkHeads(IdxFiles files) {
    for (Split split : Split.values()) {
      files
          .lookFor(split, "images", 3)
          .ifPresent(file -> requireRank(file, IdxFile.readShape(file), 3, IMAGE_AXES));
      files
          .lookFor(split, "labels", 1)
          .ifPresent(file -> requireRank(file, IdxFile.readShape(file), 1, LABEL_AXES));
    }
  }

  private static IdxFiles files(Path folder) {
    return IdxFiles.find(folder)
        .orElseGet(
            () -> {
              if (!Files.isDirectory(folder)) {
                throw new DataException(folder + ": folder of IDX files not found");
              }
              return new IdxFiles(folder, "");
            });
  }

  private static List<String> names(IdxFiles files, Split split) {
    IdxFile labels = readLabels(files.get(split, "labels", 1));
    CRC32 checksum = new CRC32();
    checksum.update(labels.data());
    if (FASHION_LABELS.contains(checksum.getValue())) {
      return FASHION;
    }
    IdxFile counted =
        split == Split.TEST
            ? files.lookFor(Split.TRAIN, "labels", 1).map(IdxDataset::readLabels).orElse(labels)
            : labels;
    return files
        .mapping()
        .map(file -> characters(file, digits(counted)))
        .orElseGet(() -> digits(counted));
  }

  /** Lines of a label and the codes of its characters, the first of which names the class. */
  private static List<String> characters(Path file, List<String> digits) {
    List<String> names = new ArrayList<>(digits);
    try {
      for (String line : Files.readAllLines(file)) {
        String[] numbers = line.strip().split("\\s+", -1);
        int label = Integer.parseInt(numbers[0]);
        if (label < names.size()) {
          names.set(label, Character.toString(Integer.parseInt(numbers[1])));
        }
      }
    } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new DataException(
          file + ": expected lines of a label and a character code: " + e.getMessage(), e);
    }
    return names;
  }

  private static ByteDataset inMemory(
      IdxFiles files, Split split, IdxFile labels, List<String> classNames) {
    Path imageFile = files.get(split, "images", 3);
    IdxFile images = read(imageFile, 3, IMAGE_AXES);
    check(files, split, images.shape().length(0), labels, classNames);
    Shape shape = Shape.of(1, images.shape().length(1), images.shape().length(2));
    return files.holdsColumns()
        ? TransposedDataset.inMemory(shape, classNames, images.data(), labels.data())
        : new ByteDataset(shape, classNames, images.data(), labels.data());
  }

  private static void check(
      IdxFiles files, Split split, int images, IdxFile labels, List<String> classNames) {
    Path labelFile = files.get(split, "labels", 1);
    if (images != labels.data().length) {
      throw new DataException(
          "%s: byte 4: expected as many images as labels in %s: %d, found %d"
              .formatted(
                  files.get(split, "images", 3),
                  labelFile.getFileName(),
                  labels.data().length,
                  images));
    }
    for (int i = 0; i < labels.data().length; i++) {
      int label = labels.data()[i] & 255;
      if (label >= classNames.size()) {
        throw DataException.at(
            labelFile,
            labels.headerBytes() + i,
            "label out of range: expected 0 to %d, found %d"
                .formatted(classNames.size() - 1, label));
      }
    }
  }

  private static IdxFile readLabels(Path file) {
    return read(file, 1, LABEL_AXES);
  }

  private static IdxFile read(Path file, int rank, String axes) {
    IdxFile idx = IdxFile.read(file);
    requireRank(file, idx.shape(), rank, axes);
    return idx;
  }

  private static void requireRank(Path file, Shape shape, int rank, String axes) {
    if (shape.rank() != rank) {
      throw DataException.at(
          file,
          3,
          "number of axes: expected %d (%s), found %d".formatted(rank, axes, shape.rank()));
    }
  }

  private static List<String> digits(IdxFile labels) {
    int largest = 0;
    for (byte label : labels.data()) {
      largest = Math.max(largest, label & 255);
    }
    return IntStream.rangeClosed(0, largest).mapToObj(Integer::toString).toList();
  }
}
