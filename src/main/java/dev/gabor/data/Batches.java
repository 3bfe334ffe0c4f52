package dev.gabor.data;

import dev.gabor.tensor.Philox;

/**
 * How a data set is cut into batches.
 *
 * @param dataset where the samples come from
 * @param batchSize the number of samples in a batch
 * @param shuffled whether each epoch has an order of its own, from (seed, epoch); else samples come
 *     in the order of the data set
 * @param dropLast whether a last batch of fewer samples is left out; else it comes with {@code
 *     count < capacity}
 * @param seed of the order and of the transform
 * @param normalization applied to every sample, after the transform
 * @param transform applied to every sample
 */
public record Batches(
    Dataset dataset,
    int batchSize,
    boolean shuffled,
    boolean dropLast,
    long seed,
    Normalization normalization,
    Transform transform) {
  // Keeps the order apart from other uses of the same seed.
  private static final long ORDER = 0x4F52444552L << 24;

  /** Checks that at least one batch comes out. */
  public Batches {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batch size: expected at least 1, found " + batchSize);
    }
    if (dropLast && dataset.size() < batchSize) {
      throw new IllegalArgumentException(
          "batch size: expected at most %d, the number of samples, found %d"
              .formatted(dataset.size(), batchSize));
    }
    if (normalization.channels() != dataset.shape().length(0)) {
      throw new IllegalArgumentException(
          "normalization of %d channels does not fit samples %s"
              .formatted(normalization.channels(), dataset.shape()));
    }
  }

  /** For training: shuffled, whole batches only, not normalised, not transformed. */
  public static Batches training(Dataset dataset, int batchSize, long seed) {
    return of(dataset, batchSize, true, seed);
  }

  /** For evaluation: in order, every sample once, not normalised, not transformed. */
  public static Batches evaluation(Dataset dataset, int batchSize) {
    return of(dataset, batchSize, false, 0);
  }

  private static Batches of(Dataset dataset, int batchSize, boolean training, long seed) {
    Normalization none = Normalization.none(dataset.shape().length(0));
    return new Batches(dataset, batchSize, training, training, seed, none, Transform.NONE);
  }

  /** The same batches, normalised. */
  public Batches normalized(Normalization with) {
    return new Batches(dataset, batchSize, shuffled, dropLast, seed, with, transform);
  }

  /** The same batches, transformed. */
  public Batches transformed(Transform with) {
    return new Batches(dataset, batchSize, shuffled, dropLast, seed, normalization, with);
  }

  /** The number of batches in an epoch. */
  public int perEpoch() {
    int whole = dataset.size() / batchSize;
    return dropLast || dataset.size() % batchSize == 0 ? whole : whole + 1;
  }

  /**
   * The order of an epoch.
   *
   * @param epoch its number
   * @param order overwritten: the indices of all samples, {@code dataset.size()} of them
   */
  public void order(long epoch, int[] order) {
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    if (shuffled) {
      new Philox(seed, ORDER + epoch).shuffle(order);
    }
  }

  /** Starts a loader of these batches. */
  public BatchLoader open() {
    return new BatchLoader(this);
  }
}
