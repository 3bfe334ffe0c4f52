package dev.gabor.data;

/**
 * Mean, spread and extremes of one channel over a data set, gathered sample by sample. The sums of
 * squares are taken about each sample's own mean and merged as in Chan, Golub and LeVeque 1979,
 * which does not cancel as E[x²] − E[x]² does.
 */
final class ChannelStatistics {
  private long count;
  private double mean;
  private double squares;
  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;

  /** The statistics of every channel of a data set. */
  static ChannelStatistics[] of(Dataset dataset) {
    int channels = dataset.shape().length(0);
    float[] sample = new float[dataset.shape().arrayLength()];
    int plane = sample.length / channels;
    ChannelStatistics[] statistics = new ChannelStatistics[channels];
    for (int c = 0; c < channels; c++) {
      statistics[c] = new ChannelStatistics();
    }
    for (int i = 0; i < dataset.size(); i++) {
      dataset.read(i, sample, 0);
      for (int c = 0; c < channels; c++) {
        if (!statistics[c].add(sample, c * plane, plane)) {
          throw new DataException(
              "sample %d, channel %d: expected finite values, found NaN or infinity"
                  .formatted(i, c));
        }
      }
    }
    return statistics;
  }

  /** Adds the values of one plane; false, and nothing added, if one is not finite. */
  private boolean add(float[] values, int offset, int length) {
    double sum = 0;
    for (int i = offset; i < offset + length; i++) {
      sum += values[i];
    }
    if (!Double.isFinite(sum)) {
      return false;
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
    return true;
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
