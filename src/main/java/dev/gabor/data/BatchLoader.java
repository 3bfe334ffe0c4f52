package dev.gabor.data;

import dev.gabor.tensor.Shape;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * Fills batches ahead of their use, in a thread of its own and a ring of {@value #RING} batches:
 * one in use, the others filled meanwhile. Nothing is allocated per batch. One thread at a time may
 * use a loader.
 *
 * <pre>{@code
 * try (BatchLoader loader = Batches.training(dataset, 64, seed).open()) {
 *   for (Batch batch : loader.epoch(1)) { … }
 * }
 * }</pre>
 */
public final class BatchLoader implements AutoCloseable {
  private static final int RING = 3;

  private final Batches batches;
  private final BatchRing ring;
  private final int[] order;
  private final Thread filler;

  BatchLoader(Batches batches) {
    this.batches = batches;
    this.ring = new BatchRing(batches.dataset().shape(), batches.batchSize(), RING);
    this.order = new int[batches.dataset().size()];
    this.filler = new Thread(() -> ring.fillAll(this::fill), "gabor-batch-loader");
    filler.setDaemon(true);
    filler.start();
  }

  /** What is loaded. */
  public Batches batches() {
    return batches;
  }

  /**
   * All batches of an epoch, to be walked once; what was left of an epoch begun before is given up.
   */
  public Iterable<Batch> epoch(long epoch) {
    return epoch(epoch, 0);
  }

  /**
   * The batches of an epoch from one on, to go on where a run was stopped. A batch may be used
   * until the next one is asked for. An exception of the data set comes out of {@code next()} in
   * the place of the batch that it spoilt.
   *
   * @param epoch its number, which with the seed fixes the order
   * @param firstBatch 0 to {@code batches().perEpoch()}
   * @throws IllegalStateException if the loader is closed
   */
  public Iterable<Batch> epoch(long epoch, int firstBatch) {
    int end = batches.perEpoch();
    if (firstBatch < 0 || firstBatch > end) {
      throw new IllegalArgumentException(
          "first batch of an epoch: expected 0 to %d, found %d".formatted(end, firstBatch));
    }
    ring.pause();
    batches.order(epoch, order);
    long round = ring.start(epoch, firstBatch, end);
    return () -> new EpochIterator(round);
  }

  /** Stops the thread; it ends after the sample that it is reading. */
  @Override
  public void close() {
    ring.close();
    boolean interrupted = false;
    while (filler.isAlive()) {
      try {
        filler.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void fill(Batch batch, long epoch, int number) {
    Dataset dataset = batches.dataset();
    Shape shape = dataset.shape();
    float[] images = batch.images().data();
    int length = shape.arrayLength();
    int first = number * batches.batchSize();
    int count = Math.min(batches.batchSize(), dataset.size() - first);
    for (int i = 0; i < count && !ring.isPaused(); i++) {
      int index = order[first + i];
      int offset = i * length;
      dataset.read(index, images, offset);
      batches.transform().apply(images, offset, shape, batches.seed(), epoch, index);
      batches.normalization().apply(images, offset, shape);
      batch.labels()[i] = dataset.label(index);
      batch.indices()[i] = index;
    }
    batch.finish(count);
  }

  private final class EpochIterator implements Iterator<Batch> {
    private final long round;

    EpochIterator(long round) {
      this.round = round;
    }

    @Override
    public boolean hasNext() {
      return ring.hasNext(round);
    }

    @Override
    public Batch next() {
      if (!hasNext()) {
        throw new NoSuchElementException("the epoch has no more batches");
      }
      return ring.take();
    }
  }
}
