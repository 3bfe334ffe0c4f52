package dev.gabor.cli;

import dev.gabor.data.Dataset;
import dev.gabor.data.IdxDataset;
import dev.gabor.data.Split;
import dev.gabor.data.StrokeDigits;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option {@code --data}; without it the data are the embedded stroke digits. */
final class DataOption {
  // Not the seed of the run: runs of different seeds are then comparable.
  private static final long STROKE_SEED = 1;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "A folder of IDX files such as MNIST's, gzipped or not; default: the embedded stroke"
              + " digits.")
  private Path folder;

  Dataset training() {
    return folder == null ? StrokeDigits.train(STROKE_SEED) : IdxDataset.open(folder, Split.TRAIN);
  }

  Dataset test() {
    return folder == null ? StrokeDigits.test(STROKE_SEED) : IdxDataset.open(folder, Split.TEST);
  }

  String title() {
    return folder == null ? "stroke digits" : folder.toString();
  }
}
