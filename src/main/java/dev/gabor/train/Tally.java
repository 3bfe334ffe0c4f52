package dev.gabor.train;

import dev.gabor.backend.Loss;
import java.util.Arrays;

/** Counts what a network answers, sample by sample. */
final class Tally {
  private final Loss loss;
  private final long[][] confusion;
  private final long[] ranks;
  private final float[][] scores;
  private final int[] labels;
  private final float[] row;
  private double lossSum;
  private int seen;

  /**
   * An empty tally.
   *
   * @param samples for which the probabilities are kept; 0 to keep none
   */
  Tally(Loss loss, int classes, int samples) {
    this.loss = loss;
    confusion = new long[classes][classes];
    ranks = new long[classes];
    row = new float[classes];
    scores = new float[samples == 0 ? 0 : classes][samples];
    labels = new int[samples];
  }

  /** Adds one sample: the outputs from an offset on, and the loss. */
  void add(float[] outputs, int offset, int label, double itsLoss) {
    System.arraycopy(outputs, offset, row, 0, row.length);
    int best = 0;
    int above = 0;
    for (int c = 0; c < row.length; c++) {
      best = row[c] > row[best] ? c : best;
      above += row[c] > row[label] || (row[c] == row[label] && c < label) ? 1 : 0;
    }
    confusion[label][best]++;
    ranks[above]++;
    lossSum += itsLoss;
    if (scores.length > 0) {
      Probabilities.of(loss, row);
      for (int c = 0; c < row.length; c++) {
        scores[c][seen] = row[c];
      }
      labels[seen] = label;
    }
    seen++;
  }

  Evaluation done() {
    return new Evaluation(
        lossSum / seen,
        new ConfusionMatrix(confusion),
        ranks,
        scores,
        Arrays.copyOf(labels, labels.length));
  }
}
