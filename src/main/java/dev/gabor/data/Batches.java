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
 * @param mixing applied to every batch, after the normalisation
 * @param threads that read, transform and normalise; the batches are the same for any number
 */
public record Batches(
    Dataset dataset,
    int batchSize,
    boolean shuffled,
    boolean dropLast,
    long seed,
    Normalization normalization,
    Transform transform,
    Mixing mixing,
    int threads) {
  // Keeps the order apart from other uses of the same seed.
  private static final long ORDER = 0x4F52444552L << 24;
  private static final int MOST_THREADS = 8;

  /** Checks that at least one batch comes out. */
  public Batches {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batch size: expected at least 1, found " + batchSize);
    }
    if (threads < 1) {
      throw new IllegalArgumentException("loader threads: expected at least 1, found " + threads);
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
    return new Batches(
        dataset,
        batchSize,
        training,
        training,
        seed,
        none,
        Transform.NONE,
        Mixing.NONE,
        defaultThreads());
  }

  /** All processors but one, at most {@value #MOST_THREADS}. */
  private static int defaultThreads() {
    int others = Runtime.getRuntime().availableProcessors() - 1;
    return Math.max(1, Math.min(MOST_THREADS, others));
  }

  /** The same batches, normalised. */
  public Batches normalized(Normalization with) {
    return new Batches(
        dataset, batchSize, shuffled, dropLast, seed, with, transform, mixing, threads);
  }

  /** The same batches, transformed. */
  public Batches transformed(Transform with) {
    return new Batches(
        dataset, batchSize, shuffled, dropLast, seed, normalization, with, mixing, threads);
  }

  /** The same batches, mixed. */
  public Batches mixed(Mixing with) {
    return new Batches(
        dataset, batchSize, shuffled, dropLast, seed, normalization, transform, with, threads);
  }

  /** The same batches, filled by a number of threads; else all processors but one, at most 8. */
  public Batches threads(int number) {
    return new Batches(
        dataset, batchSize, shuffled, dropLast, seed, normalization, transform, mixing, number);
  }

  /** The number of samples in a batch of an epoch. */
  int count(int number) {
    return Math.min(batchSize, dataset.size() - number * batchSize);
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
