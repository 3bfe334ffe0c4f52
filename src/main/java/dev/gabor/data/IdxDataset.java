package dev.gabor.data;

import dev.gabor.tensor.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/**
 * Opens MNIST-like folders: {@code train-images-idx3-ubyte}, {@code train-labels-idx1-ubyte},
 * {@code t10k-images-idx3-ubyte}, {@code t10k-labels-idx1-ubyte}, each plain or with {@code .gz},
 * and each also in the spelling {@code train-images.idx3-ubyte}.
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

  private IdxDataset() {}

  /**
   * Opens one part of a folder. The classes are counted in the training labels where the folder has
   * them, so that both parts agree; their names are those of Fashion-MNIST where its labels are
   * recognised, else "0", "1" and so on.
   *
   * @throws DataException if a file is missing or damaged, the files do not fit each other, or a
   *     label has no class
   */
  public static ByteDataset open(Path folder, Split split) {
    Path labelFile = find(folder, split, "labels", 1);
    IdxFile labels = readLabels(labelFile);
    IdxFile counted = labels;
    if (split == Split.TEST) {
      Optional<Path> training = lookFor(folder, names(Split.TRAIN, "labels", 1));
      if (training.isPresent()) {
        counted = readLabels(training.get());
      }
    }
    CRC32 checksum = new CRC32();
    checksum.update(labels.data());
    return FASHION_LABELS.contains(checksum.getValue())
        ? join(find(folder, split, "images", 3), labelFile, labels, FASHION)
        : join(find(folder, split, "images", 3), labelFile, labels, digits(counted));
  }

  /**
   * Opens one part of a folder with known classes.
   *
   * @param classNames the name of each label, from 0 on
   * @throws DataException as {@link #open(Path, Split)}
   */
  public static ByteDataset open(Path folder, Split split, List<String> classNames) {
    Path labelFile = find(folder, split, "labels", 1);
    Path imageFile = find(folder, split, "images", 3);
    return join(imageFile, labelFile, readLabels(labelFile), classNames);
  }

  private static ByteDataset join(
      Path imageFile, Path labelFile, IdxFile labels, List<String> classNames) {
    IdxFile images = read(imageFile, 3, "images, rows, columns");
    int count = images.shape().length(0);
    if (count != labels.data().length) {
      throw new DataException(
          "%s: byte 4: expected as many images as labels in %s: %d, found %d"
              .formatted(imageFile, labelFile.getFileName(), labels.data().length, count));
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
    Shape shape = Shape.of(1, images.shape().length(1), images.shape().length(2));
    return new ByteDataset(shape, classNames, images.data(), labels.data());
  }

  private static IdxFile readLabels(Path file) {
    return read(file, 1, "labels");
  }

  private static IdxFile read(Path file, int rank, String axes) {
    IdxFile idx = IdxFile.read(file);
    if (idx.shape().rank() != rank) {
      throw DataException.at(
          file,
          3,
          "number of axes: expected %d (%s), found %d".formatted(rank, axes, idx.shape().rank()));
    }
    return idx;
  }

  private static List<String> digits(IdxFile labels) {
    int largest = 0;
    for (byte label : labels.data()) {
      largest = Math.max(largest, label & 255);
    }
    return IntStream.rangeClosed(0, largest).mapToObj(Integer::toString).toList();
  }

  private static Path find(Path folder, Split split, String content, int rank) {
    if (!Files.isDirectory(folder)) {
      throw new DataException(folder + ": folder of IDX files not found");
    }
    List<String> names = names(split, content, rank);
    return lookFor(folder, names)
        .orElseThrow(
            () ->
                new DataException(
                    "%s: no %s %s: looked for %s"
                        .formatted(
                            folder,
                            split == Split.TRAIN ? "training" : "test",
                            content,
                            String.join(", ", names))));
  }

  private static Optional<Path> lookFor(Path folder, List<String> names) {
    return names.stream().map(folder::resolve).filter(Files::isRegularFile).findFirst();
  }

  private static List<String> names(Split split, String content, int rank) {
    String stem = (split == Split.TRAIN ? "train-" : "t10k-") + content;
    List<String> names = new ArrayList<>();
    for (String separator : List.of("-", ".")) {
      for (String ending : List.of("", ".gz")) {
        names.add(stem + separator + "idx" + rank + "-ubyte" + ending);
      }
    }
    return names;
  }
}
