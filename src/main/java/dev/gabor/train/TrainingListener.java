package dev.gabor.train;

import java.util.List;

/** Follows a run; every method does nothing unless overridden. Called in the thread that trains. */
public interface TrainingListener {
  /**
   * Everything is known, nothing is allocated.
   *
   * @param forecast the memory that the run will take
   * @param epochs to come
   * @param stepsPerEpoch whole batches in the training set; the samples left over, fewer than a
   *     batch, are others in every epoch
   */
  default void runStarted(MemoryForecast forecast, int epochs, int stepsPerEpoch) {}

  /**
   * The run goes on from a checkpoint; asked once, after {@link #runStarted}.
   *
   * @param done the epochs that are done already; {@link #epochEnded} is not called for them
   * @param steps batches done already, in all
   */
  default void runResumed(List<EpochReport> done, int steps) {}

  /**
   * The first step of this process is done, on the device too: whatever had to be compiled is.
   * Comes before the first {@link #batchEnded}.
   */
  default void firstStepEnded() {}

  /**
   * A step has been started; its loss is not known yet.
   *
   * @param epoch from 1
   * @param step from 1, within the epoch
   * @param stepsPerEpoch how many there are
   */
  default void batchEnded(int epoch, int step, int stepsPerEpoch) {}

  /** An epoch is done, and its validation. */
  default void epochEnded(EpochReport report) {}

  /** Asked after every epoch: whether the run shall end here. */
  default boolean stopsAfter(EpochReport report) {
    return false;
  }
}
