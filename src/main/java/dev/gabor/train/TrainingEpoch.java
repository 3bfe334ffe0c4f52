package dev.gabor.train;

/**
 * An epoch in progress.
 *
 * @param number from 1
 * @param batches done before
 * @param secondsBefore that those took
 * @param started by the clock
 */
record TrainingEpoch(int number, int batches, double secondsBefore, long started) {
  private static final double NANOS = 1e9;

  /** An epoch that begins now. */
  static TrainingEpoch of(int number) {
    return new TrainingEpoch(number, 0, 0, System.nanoTime());
  }

  /** Spent on it so far. */
  double seconds() {
    return secondsBefore + (System.nanoTime() - started) / NANOS;
  }
}
