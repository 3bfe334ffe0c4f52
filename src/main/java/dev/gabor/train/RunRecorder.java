package dev.gabor.train;

import dev.gabor.nn.Network;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/** Writes the checkpoints of a run and finds the one that it goes on from. */
final class RunRecorder {
  private static final double NANOS = 1e9;

  private final Checkpoints settings;
  private final CheckpointFolder folder;
  private final Supplier<Provenance> provenance;
  private final String validation;
  private long lastWritten = System.nanoTime();

  RunRecorder(Checkpoints settings, Supplier<Provenance> provenance, String validation) {
    this.settings = settings;
    this.provenance = provenance;
    this.validation = validation;
    folder = CheckpointFolder.open(settings);
  }

  /** The checkpoint to go on from, checked; none where the run begins. */
  Optional<Checkpoint> newest(Network network) {
    Optional<Path> file = folder.newest();
    if (file.isEmpty()) {
      return Optional.empty();
    }
    Checkpoint checkpoint = folder.read(file.get());
    new Resumption(file.get(), checkpoint).check(network, provenance.get(), validation);
    return Optional.of(checkpoint);
  }

  /** Whether a checkpoint within an epoch is due behind the last step. */
  boolean isDue(TrainingSession session) {
    return (settings.everySteps() > 0 && session.stepsDone() % settings.everySteps() == 0)
        || (settings.everySeconds() > 0
            && (System.nanoTime() - lastWritten) / NANOS >= settings.everySeconds());
  }

  /** Writes the newest checkpoint. */
  void write(Checkpoint checkpoint) {
    folder.add(checkpoint);
    lastWritten = System.nanoTime();
  }

  /** Writes the checkpoint of the best epoch. */
  void writeBest(Checkpoint checkpoint) {
    checkpoint.write(folder.best());
  }

  /** The model of the best epoch so far. */
  Model best() {
    return Model.load(folder.best());
  }
}
