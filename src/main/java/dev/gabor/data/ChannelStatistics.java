package dev.gabor.data;

/**
 * Mean, spread and extremes of one channel over a data set, gathered sample by sample. The sums of
 * squares are taken about each sample's own mean and merged as in Chan, Golub and LeVeque 1979,
 * which does not cancel as E[x²] − E[x]² does.
 */
final class ChannelStatistics {
  private static final int BATCH = 16;

  private long count;
  private double mean;
  private double squares;
  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;

  /**
   * The statistics of every channel of a data set. Samples stream by in a few batches, read by
   * several threads and added in their order, so that the set may be larger than memory and the
   * bits do not depend on the threads.
   */
  static ChannelStatistics[] of(Dataset dataset) {
    int channels = dataset.shape().length(0);
    int length = dataset.shape().arrayLength();
    int plane = length / channels;
    ChannelStatistics[] statistics = new ChannelStatistics[channels];
    for (int c = 0; c < channels; c++) {
      statistics[c] = new ChannelStatistics();
    }
    try (BatchLoader loader = Batches.evaluation(dataset, BATCH).open()) {
      for (Batch batch : loader.epoch(0)) {
        for (int n = 0; n < batch.count(); n++) {
          for (int c = 0; c < channels; c++) {
            statistics[c].add(batch.images().data(), n * length + c * plane, plane);
          }
        }
      }
    }
    return statistics;
  }

  /** Adds the values of one plane. */
  private void add(float[] values, int offset, int length) {
    double sum = 0;
    for (int i = offset; i < offset + length; i++) {
      sum += values[i];
    }
    double planeMean = sum / length;
    double planeSquares = 0;
    for (int i = offset; i < offset + length; i++) {
      double off = values[i] - planeMean;
      planeSquares += off * off;
      min = Math.min(min, values[i]);
      max = Math.max(max, values[i]);
    }
    double delta = planeMean - mean;
    long total = count + length;
    mean += delta * length / total;
    squares += planeSquares + delta * delta * count / total * length;
    count = total;
  }

  double mean() {
    return mean;
  }

  double range() {
    return max - min;
  }

  double deviation() {
    return Math.sqrt(squares / count);
  }
}
