package dev.gabor.train;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * How many samples of each class (row) were taken for each class (column), and what follows from
 * it. Definitions are those of scikit-learn: a share of nothing is 0, and the means run over all
 * classes of the network.
 */
public final class ConfusionMatrix {
  /** How the numbers of the classes become one. */
  public enum Mean {
    /** Every class counts the same. */
    MACRO,
    /** Every sample counts the same; with one class a sample this is the accuracy. */
    MICRO,
    /** Every class counts by its samples. */
    WEIGHTED
  }

  private final long[][] counts;

  /**
   * A matrix of counts.
   *
   * @param counts square, by class and by answer; copied
   */
  public ConfusionMatrix(long[][] counts) {
    for (long[] row : counts) {
      if (row.length != counts.length) {
        throw new IllegalArgumentException(
            "confusion matrix: expected rows of %d counts, found %d"
                .formatted(counts.length, row.length));
      }
    }
    this.counts = copy(counts);
  }

  /** The number of classes. */
  public int classes() {
    return counts.length;
  }

  /** All counts, by class and by answer; a copy. */
  public long[][] counts() {
    return copy(counts);
  }

  /** The number of samples of all classes. */
  public long samples() {
    return Arrays.stream(counts).flatMapToLong(Arrays::stream).sum();
  }

  /** The number of samples of one class. */
  public long support(int c) {
    return Arrays.stream(counts[c]).sum();
  }

  /** The share of samples that were taken for their class, 0 to 1. */
  public double accuracy() {
    return share(IntStream.range(0, classes()).mapToLong(c -> counts[c][c]).sum(), samples());
  }

  /** Of the samples taken for a class, the share that belongs to it. */
  public double precision(int c) {
    return share(counts[c][c], answers(c));
  }

  /** Of the samples of a class, the share that was taken for it. */
  public double recall(int c) {
    return share(counts[c][c], support(c));
  }

  /** The harmonic mean of precision and recall of a class. */
  public double f1(int c) {
    return share(2 * counts[c][c], answers(c) + support(c));
  }

  /** The precision of all classes. */
  public double precision(Mean mean) {
    return mean(mean, this::precision);
  }

  /** The recall of all classes; weighted, it is the accuracy. */
  public double recall(Mean mean) {
    return mean(mean, this::recall);
  }

  /** F1 of all classes: the mean of theirs. */
  public double f1(Mean mean) {
    return mean(mean, this::f1);
  }

  private double mean(Mean mean, IntToDoubleFunction ofClass) {
    return switch (mean) {
      case MICRO -> accuracy();
      case MACRO -> IntStream.range(0, classes()).mapToDouble(ofClass).average().orElse(0);
      case WEIGHTED ->
          IntStream.range(0, classes())
              .mapToDouble(c -> share(support(c), samples()) * ofClass.applyAsDouble(c))
              .sum();
    };
  }

  private long answers(int c) {
    return Arrays.stream(counts).mapToLong(row -> row[c]).sum();
  }

  private static double share(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }

  private static long[][] copy(long[][] rows) {
    return Arrays.stream(rows).map(long[]::clone).toArray(long[][]::new);
  }
}
