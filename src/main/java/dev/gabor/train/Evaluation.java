package dev.gabor.train;

import java.util.Arrays;

/** How well a network does on a data set. */
public final class Evaluation {
  private final double loss;
  private final long[][] confusion;

  Evaluation(double loss, long[][] confusion) {
    this.loss = loss;
    this.confusion = confusion;
  }

  /** The mean loss over all samples. */
  public double loss() {
    return loss;
  }

  /** The share of samples whose largest prediction (the first of equals) is their class, 0 to 1. */
  public double accuracy() {
    long right = 0;
    for (int c = 0; c < confusion.length; c++) {
      right += confusion[c][c];
    }
    return (double) right / samples();
  }

  /** The number of samples. */
  public long samples() {
    return Arrays.stream(confusion).flatMapToLong(Arrays::stream).sum();
  }

  /** How many samples of each class (row) were taken for each class (column); a copy. */
  public long[][] confusion() {
    return Arrays.stream(confusion).map(long[]::clone).toArray(long[][]::new);
  }
}
