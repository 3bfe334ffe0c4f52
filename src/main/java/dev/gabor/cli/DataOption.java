package dev.gabor.cli;

import dev.gabor.data.DataSource;
import dev.gabor.data.PictureOptions;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The option {@code --data}; without it the data are the embedded stroke digits. */
final class DataOption {
  // Not the seed of the run: runs of different seeds are then comparable.
  private static final long STROKE_SEED = 1;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description =
          "IDX files such as MNIST's, CIFAR's binary files, a folder of pictures for each class, or"
              + " a CSV file of path,label; default: the embedded stroke digits.")
  private Path path;

  @Mixin private PictureOption pictures;

  /** What the path holds; pictures as the options say. */
  DataSource open() {
    return open(pictures.options());
  }

  /** The same with other options for pictures. */
  DataSource open(PictureOptions options) {
    return path == null ? DataSource.strokeDigits(STROKE_SEED) : DataSource.of(path, options);
  }

  PictureOption pictures() {
    return pictures;
  }

  String title(DataSource source) {
    return path == null ? source.kind() : path + " (" + source.kind() + ")";
  }
}
