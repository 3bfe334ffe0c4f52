package dev.gabor.train;

import java.util.Arrays;

/**
 * The area under the ROC curve of one class against the rest: the probability that a sample of the
 * class scores higher than one of another, equal scores counting half (Mann and Whitney 1947).
 */
final class RocAuc {
  private RocAuc() {}

  /**
   * The area, exact, by the ranks of the scores.
   *
   * @param scores one a sample
   * @param labels the class of each sample
   * @param positive the class that should score high
   * @return 0 to 1; NaN where there is no sample of the class, or no other
   */
  static double of(float[] scores, int[] labels, int positive) {
    // A score as a whole number of the same order above, the sample below: one sort of plain longs.
    long[] order = new long[scores.length];
    for (int i = 0; i < order.length; i++) {
      int bits = Float.floatToIntBits(scores[i] + 0f);
      long ordered = bits < 0 ? bits ^ Integer.MAX_VALUE : bits;
      order[i] = (ordered << 32) | i;
    }
    Arrays.sort(order);
    long positives = 0;
    double ranks = 0;
    for (int from = 0; from < order.length; ) {
      int to = from;
      long hits = 0;
      while (to < order.length && order[to] >>> 32 == order[from] >>> 32) {
        hits += labels[(int) order[to]] == positive ? 1 : 0;
        to++;
      }
      ranks += hits * (from + 1 + to) / 2.0;
      positives += hits;
      from = to;
    }
    double pairs = (double) positives * (order.length - positives);
    return pairs == 0 ? Double.NaN : (ranks - positives * (positives + 1) / 2.0) / pairs;
  }
}
