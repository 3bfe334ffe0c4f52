package dev.gabor.train;

import java.util.Arrays;
import java.util.stream.IntStream;

/** How well a network does on a data set. */
public final class Evaluation {
  private final double loss;
  private final ConfusionMatrix confusion;
  private final long[] ranks;
  private final float[][] scores;
  private final int[] labels;

  /**
   * What was counted.
   *
   * @param ranks how many samples have so many classes scored above their own
   * @param scores by class and sample; empty where they are not kept
   * @param labels by sample
   */
  Evaluation(double loss, ConfusionMatrix confusion, long[] ranks, float[][] scores, int[] labels) {
    this.loss = loss;
    this.confusion = confusion;
    this.ranks = ranks;
    this.scores = scores;
    this.labels = labels;
  }

  /** The mean loss over all samples. */
  public double loss() {
    return loss;
  }

  /** The share of samples whose largest prediction (the first of equals) is their class, 0 to 1. */
  public double accuracy() {
    return confusion.accuracy();
  }

  /**
   * The share of samples whose class is among the largest predictions, 0 to 1; of equal ones the
   * first counts as larger.
   *
   * @param k how many predictions, at least 1
   */
  public double topAccuracy(int k) {
    if (k < 1) {
      throw new IllegalArgumentException("top-k accuracy: expected k of at least 1, found " + k);
    }
    return (double) Arrays.stream(ranks).limit(k).sum() / samples();
  }

  /** The number of samples. */
  public long samples() {
    return confusion.samples();
  }

  /** How many samples of each class (row) were taken for each class (column); a copy. */
  public long[][] confusion() {
    return confusion.counts();
  }

  /** The same with precision, recall and F1. */
  public ConfusionMatrix confusionMatrix() {
    return confusion;
  }

  /**
   * The area under the ROC curve of one class against the rest, by its probability; exact.
   *
   * @return 0 to 1; NaN where the data have no sample of the class, or of no other
   */
  public double rocAuc(int c) {
    return RocAuc.of(scores[c], labels, c);
  }

  /** The mean of {@link #rocAuc(int)} over the classes that have one (macro, one against rest). */
  public double rocAuc() {
    return IntStream.range(0, scores.length)
        .mapToDouble(this::rocAuc)
        .filter(area -> !Double.isNaN(area))
        .average()
        .orElse(Double.NaN);
  }
}
