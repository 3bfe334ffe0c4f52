package dev.gabor.train;

import java.nio.file.Path;

/**
 * When a run writes itself down, so that it can go on after it was killed. A checkpoint is written
 * at the end of every epoch, and between on request. Each file appears complete or not at all:
 * {@code checkpoint-<steps>.safetensors}, of which the newest are kept, and {@code
 * best.safetensors} of the best epoch by {@link Trainer#monitor}. {@link Model#load} reads both.
 *
 * @param folder for the files; made where it is missing
 * @param everySteps batches between two checkpoints; 0 for none within epochs
 * @param everySeconds seconds between two checkpoints; 0 for none by time
 * @param keep how many of the newest are kept, at least 1
 * @param resume whether to go on from the newest one, if there is one
 */
public record Checkpoints(
    Path folder, int everySteps, double everySeconds, int keep, boolean resume) {
  private static final int KEPT = 2;

  /** Checks every number. */
  public Checkpoints {
    require(everySteps >= 0, "steps between two", everySteps, "0");
    require(everySeconds >= 0, "seconds between two", everySeconds, "0");
    require(keep >= 1, "how many are kept", keep, "1");
  }

  /** One checkpoint an epoch; the newest two and the best are kept. */
  public static Checkpoints in(Path folder) {
    return new Checkpoints(folder, 0, 0, KEPT, false);
  }

  /** Also after every so many batches. */
  public Checkpoints everySteps(int steps) {
    return new Checkpoints(folder, steps, everySeconds, keep, resume);
  }

  /** Also at the first batch that ends so many seconds after the last checkpoint. */
  public Checkpoints everySeconds(double seconds) {
    return new Checkpoints(folder, everySteps, seconds, keep, resume);
  }

  /** Keeps so many of the newest. */
  public Checkpoints keep(int count) {
    return new Checkpoints(folder, everySteps, everySeconds, count, resume);
  }

  /**
   * Goes on from the newest checkpoint in the folder; from the beginning where there is none. The
   * run then ends with the bits of one that was not interrupted: same device, same driver.
   */
  public Checkpoints resuming() {
    return new Checkpoints(folder, everySteps, everySeconds, keep, true);
  }

  private static void require(boolean holds, String what, double found, String least) {
    if (!holds) {
      throw new IllegalArgumentException(
          "checkpoints: " + what + ": expected at least " + least + ", found " + found);
    }
  }
}
