package dev.gabor.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A place that holds a training set and a test set, recognised by its files. Sets are read when
 * they are asked for.
 */
public interface DataSource {
  /** What it is, for example {@code CIFAR-10}. */
  String kind();

  /** The training set. */
  Dataset training();

  /** The test set, with the classes of the training set. */
  Dataset test();

  /** A validation set beside the two; most sources have none. */
  default Optional<Dataset> validation() {
    return Optional.empty();
  }

  /** What a person should know about the sets read so far, each one line. */
  default List<String> remarks() {
    return List.of();
  }

  /**
   * Recognises what a path holds:
   *
   * <ul>
   *   <li>a folder of IDX files, as of MNIST, Fashion-MNIST, EMNIST, KMNIST; or the part of a path
   *       that several sets in one folder begin with, for example {@code data/emnist-letters}
   *   <li>a folder of the binary files of CIFAR-10 or CIFAR-100
   *   <li>a folder with a folder of pictures for each class; or such a folder {@code train} and
   *       another, {@code test}, {@code val} or {@code validation}
   *   <li>a CSV file with a picture and its class in each line; or a folder with {@code train.csv},
   *       and {@code test.csv} or {@code val.csv}
   * </ul>
   *
   * <p>Pictures without a test set are split by a fixed seed, each class for itself.
   *
   * @param options for pictures
   * @throws DataException if it is none of them, naming what was looked for; or if a file begins as
   *     none of its kind does
   */
  static DataSource of(Path path, PictureOptions options) {
    if (Files.isRegularFile(path)) {
      if (!path.toString().toLowerCase(Locale.ROOT).endsWith(".csv")) {
        throw new DataException(path + ": expected a folder, or a CSV file of path,label");
      }
      return PictureSource.ofFile(path, options);
    }
    Optional<IdxFiles> idx = IdxFiles.find(path);
    if (idx.isPresent()) {
      IdxDataset.checkHeads(idx.get());
      return new IdxSource(path);
    }
    if (!Files.isDirectory(path)) {
      throw new DataException(path + ": no such file or folder");
    }
    Optional<CifarDataset.Kind> cifar = CifarDataset.kindOf(path);
    if (cifar.isPresent()) {
      return new CifarSource(path, cifar.get());
    }
    if (Files.isRegularFile(path.resolve("train.csv"))
        || !PictureList.classFolders(path).isEmpty()) {
      return PictureSource.ofFolder(path, options);
    }
    throw new DataException(
        path
            + ": no data found: looked for IDX files (train-images-idx3-ubyte), CIFAR"
            + " (data_batch_1.bin, train.bin), a folder of pictures for each class, train.csv");
  }

  /** The embedded stroke digits of a seed. */
  static DataSource strokeDigits(long seed) {
    return new StrokeSource(seed);
  }

  /** Gabor's own digits. */
  record StrokeSource(long seed) implements DataSource {
    @Override
    public String kind() {
      return "stroke digits";
    }

    @Override
    public Dataset training() {
      return StrokeDigits.train(seed);
    }

    @Override
    public Dataset test() {
      return StrokeDigits.test(seed);
    }
  }

  /** IDX files in a folder. */
  record IdxSource(Path folder) implements DataSource {
    @Override
    public String kind() {
      return "IDX";
    }

    @Override
    public Dataset training() {
      return IdxDataset.openAsNeeded(folder, Split.TRAIN);
    }

    @Override
    public Dataset test() {
      return IdxDataset.openAsNeeded(folder, Split.TEST);
    }
  }

  /** CIFAR's files in a folder. */
  record CifarSource(Path folder, CifarDataset.Kind format) implements DataSource {
    @Override
    public String kind() {
      return format.title();
    }

    @Override
    public Dataset training() {
      return CifarDataset.open(folder, Split.TRAIN);
    }

    @Override
    public Dataset test() {
      return CifarDataset.open(folder, Split.TEST);
    }
  }
}
