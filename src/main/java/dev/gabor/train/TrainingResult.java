package dev.gabor.train;

import java.util.List;

/**
 * What a run came to.
 *
 * @param model the trained network, as after the last epoch, or after the best one where early
 *     stopping restores it
 * @param epochs one report each
 * @param ending why the run ended
 * @param steps batches trained
 * @param imagesPerSecond trained, over all epochs, without validation
 * @param seconds the whole run
 * @param peakDeviceBytes the device memory that was allocated
 * @param device in words
 */
public record TrainingResult(
    Model model,
    List<EpochReport> epochs,
    Ending ending,
    int steps,
    double imagesPerSecond,
    double seconds,
    long peakDeviceBytes,
    String device) {
  /** Why a run ended. */
  public enum Ending {
    /** All epochs are done. */
    COMPLETED,
    /** A listener asked for it. */
    STOPPED,
    /** {@link EarlyStopping}: no improvement for too long. */
    NO_IMPROVEMENT
  }

  /** Keeps the reports. */
  public TrainingResult {
    epochs = List.copyOf(epochs);
  }

  /** The best epoch by a number, the first of equals. */
  public EpochReport best(Monitor monitor) {
    return monitor.best(epochs);
  }
}
