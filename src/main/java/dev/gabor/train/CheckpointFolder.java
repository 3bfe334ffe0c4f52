package dev.gabor.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The files of {@link Checkpoints}. */
final class CheckpointFolder {
  private static final Pattern NAME = Pattern.compile("checkpoint-\\d{9,}\\.safetensors");
  private static final Pattern UNFINISHED =
      Pattern.compile("(checkpoint-\\d{9,}|best)\\.safetensors\\.tmp");
  private static final String BEST = "best.safetensors";

  private final Path folder;
  private final int keep;

  private CheckpointFolder(Path folder, int keep) {
    this.folder = folder;
    this.keep = keep;
  }

  /**
   * Makes the folder and takes away what a killed run left half written.
   *
   * @throws IllegalArgumentException if it holds checkpoints and the run does not resume them
   */
  static CheckpointFolder open(Checkpoints settings) {
    CheckpointFolder opened = new CheckpointFolder(settings.folder(), settings.keep());
    try {
      Files.createDirectories(settings.folder());
      for (Path file : opened.list(UNFINISHED)) {
        Files.delete(file);
      }
      List<Path> files = opened.list(NAME);
      if (!files.isEmpty() && !settings.resume()) {
        throw new IllegalArgumentException(
            "%s: holds %d checkpoints of an earlier run: resume that, or choose another folder"
                .formatted(settings.folder(), files.size()));
      }
      return opened;
    } catch (IOException e) {
      throw new ModelFileException(settings.folder(), "cannot be used for checkpoints: " + e, e);
    }
  }

  /** The file of the newest checkpoint. */
  Optional<Path> newest() {
    try {
      List<Path> files = list(NAME);
      return files.isEmpty() ? Optional.empty() : Optional.of(files.get(files.size() - 1));
    } catch (IOException e) {
      throw new ModelFileException(folder, "cannot be listed: " + e, e);
    }
  }

  /** Reads a checkpoint; where it is damaged, says which one is left. */
  Checkpoint read(Path file) {
    try {
      return Checkpoint.read(file);
    } catch (ModelFileException e) {
      throw new ModelFileException(
          file,
          e.getMessage().replace(file + ": ", "")
              + "; move it away to resume from the one before, or from the beginning",
          e);
    }
  }

  /** The file of the best epoch. */
  Path best() {
    return folder.resolve(BEST);
  }

  /** Writes the newest checkpoint, then removes those that are too old. */
  void add(Checkpoint checkpoint) {
    Path file = folder.resolve("checkpoint-%09d.safetensors".formatted(checkpoint.run().step()));
    checkpoint.write(file);
    try {
      List<Path> files = list(NAME);
      for (Path old : files.subList(0, Math.max(0, files.size() - keep))) {
        Files.deleteIfExists(old);
      }
    } catch (IOException e) {
      throw new ModelFileException(folder, "old checkpoints cannot be removed: " + e, e);
    }
  }

  private List<Path> list(Pattern name) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> name.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    }
  }
}
