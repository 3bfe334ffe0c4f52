package dev.gabor.train;

import java.util.List;

/**
 * Ends a run that no longer improves, as Keras' EarlyStopping does; what counts is {@link
 * Trainer#monitor}.
 *
 * @param patience epochs without improvement after which the run ends, at least 1
 * @param minDelta an improvement must be larger than this, at least 0
 * @param restoreBest whether the result is the model of the best epoch instead of the last
 */
public record EarlyStopping(int patience, double minDelta, boolean restoreBest) {
  /** Checks every number. */
  public EarlyStopping {
    if (patience < 1) {
      throw new IllegalArgumentException(
          "early stopping: patience: expected at least 1, found " + patience);
    }
    if (!(minDelta >= 0 && Double.isFinite(minDelta))) {
      throw new IllegalArgumentException(
          "early stopping: minDelta: expected a finite number of at least 0, found " + minDelta);
    }
  }

  /** Ends after so many epochs without any improvement; the result is the best epoch's model. */
  public static EarlyStopping patience(int epochs) {
    return new EarlyStopping(epochs, 0, true);
  }

  boolean isDue(List<EpochReport> reports, Monitor monitor) {
    return !reports.isEmpty()
        && reports.size() - monitor.best(reports, minDelta).epoch() >= patience;
  }
}
