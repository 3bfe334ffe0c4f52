package dev.gabor.data;

import dev.gabor.tensor.Shape;
import java.util.List;

/**
 * A fixed number of labelled images, read one at a time by index, so that a set may be larger than
 * memory. Reading the same index always gives the same values, and several threads may read at
 * once.
 */
public interface Dataset {
  /** The number of samples, at least 1. */
  int size();

  /** The shape (C,H,W) of every sample. */
  Shape shape();

  /** The number of classes; labels are 0 to {@code classes() - 1}. */
  default int classes() {
    return classNames().size();
  }

  /** The name of each class, in the order of the labels. */
  List<String> classNames();

  /**
   * Reads one sample.
   *
   * @param index 0 to {@code size() - 1}
   * @param target overwritten from {@code offset} on: {@code shape().size()} values in [0,1],
   *     planar (C,H,W)
   * @param offset where the sample starts in the target
   * @throws DataException if the sample cannot be read or decoded
   */
  void read(int index, float[] target, int offset);

  /** The class of one sample. */
  int label(int index);

  /** How many samples each class has, in the order of the labels. */
  default int[] classCounts() {
    int[] counts = new int[classes()];
    for (int i = 0; i < size(); i++) {
      counts[label(i)]++;
    }
    return counts;
  }

  /**
   * Weights for the classes of a loss by which each counts as much as any other, however rare: n /
   * (classes · n_c), as in scikit-learn's "balanced". A class without samples has weight 0.
   */
  default float[] balancedClassWeights() {
    int[] counts = classCounts();
    float[] weights = new float[counts.length];
    for (int c = 0; c < counts.length; c++) {
      weights[c] = counts[c] == 0 ? 0 : (float) ((double) size() / counts.length / counts[c]);
    }
    return weights;
  }

  /** Whether reading can neither fail nor give values that are not finite. */
  default boolean isCertain() {
    return false;
  }

  /**
   * Reads every sample once, several at a time, to know early that all can be read; none where that
   * {@link #isCertain()}.
   *
   * @throws DataException if one cannot be read, or holds a value that is not finite
   */
  default void verify() {
    if (isCertain()) {
      return;
    }
    try (BatchLoader loader = Batches.evaluation(this, 1).open()) {
      loader.epoch(0).forEach(batch -> {});
    }
  }

  /**
   * A view of some samples, in the given order; an index may come more than once.
   *
   * @throws IllegalArgumentException if there is no index or one is not in this set
   */
  default Dataset subset(int[] indices) {
    return new SubsetDataset(this, indices);
  }

  /**
   * Cuts this set in two by a seeded shuffle; both parts keep the order of this set.
   *
   * @param fraction the share of the first part, rounded to whole samples
   * @param seed the same seed gives the same parts everywhere
   * @throws IllegalArgumentException if one part would be empty
   */
  default DatasetPair split(double fraction, long seed) {
    return DatasetPair.random(this, fraction, seed);
  }

  /**
   * Like {@link #split}, but each class is cut by the fraction for itself. A class of two samples
   * or more has at least one in each part; a class of a single sample goes to the first.
   */
  default DatasetPair stratifiedSplit(double fraction, long seed) {
    return DatasetPair.stratified(this, fraction, seed);
  }
}
