package dev.gabor.cli;

import dev.gabor.train.Checkpoints;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where a run is written down, how often, and whether it goes on from there. */
final class CheckpointOptions {
  private static final String FOLDER = "checkpoints";

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Save model.safetensors and run.json here, and a checkpoint after every epoch in"
              + " checkpoints/.")
  private Path out;

  @Option(
      names = "--resume",
      description =
          "Go on from the newest checkpoint in --out; from the beginning if there is none.")
  private boolean resume;

  @Option(
      names = "--checkpoint-steps",
      paramLabel = "N",
      defaultValue = "0",
      description = "A checkpoint after every N batches too.")
  private int steps;

  @Option(
      names = "--checkpoint-seconds",
      paramLabel = "S",
      defaultValue = "0",
      description = "A checkpoint every S seconds too.")
  private double seconds;

  @Option(
      names = "--keep",
      paramLabel = "K",
      defaultValue = "2",
      description = "How many of the newest checkpoints are kept; default ${DEFAULT-VALUE}.")
  private int keep;

  /** The folder for model and run. */
  Optional<Path> folder() {
    return Optional.ofNullable(out);
  }

  /** The checkpoints of the run; none without a folder. */
  Optional<Checkpoints> checkpoints() {
    if (out == null && (resume || steps != 0 || seconds != 0)) {
      throw new IllegalArgumentException("checkpoints: expected a folder for them, --out DIR");
    }
    return folder()
        .map(folder -> new Checkpoints(folder.resolve(FOLDER), steps, seconds, keep, resume));
  }
}
