package dev.gabor.data;

import dev.gabor.tensor.Shape;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;

/**
 * Fills batches ahead of their use, in {@link Batches#threads()} threads of its own and a ring of
 * {@value #RING} batches: one in use, the others filled meanwhile. The threads share out the
 * samples of a batch, so more threads take no more memory. Nothing is allocated per batch, beside
 * what a data set allocates to decode its files. One thread at a time may use a loader.
 *
 * <pre>{@code
 * try (BatchLoader loader = Batches.training(dataset, 64, seed).open()) {
 *   for (Batch batch : loader.epoch(1)) { … }
 * }
 * }</pre>
 */
public final class BatchLoader implements AutoCloseable {
  private static final int RING = 3;
  private static final int EXPONENT = 0x7f800000;

  private final Batches batches;
  private final BatchRing ring;
  private final int[] order;
  private final List<Thread> threads;

  BatchLoader(Batches batches) {
    this.batches = batches;
    this.ring = new BatchRing(batches, RING);
    this.order = new int[batches.dataset().size()];
    this.threads = IntStream.range(0, batches.threads()).mapToObj(this::start).toList();
  }

  private Thread start(int number) {
    Thread thread = new Thread(() -> ring.work(this::fill), "gabor-batch-loader-" + number);
    thread.setDaemon(true);
    thread.start();
    return thread;
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

  /** Stops the threads; each ends after the sample that it is reading. */
  @Override
  public void close() {
    ring.close();
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void fill(Batch batch, long epoch, int number, int from, int to) {
    Dataset dataset = batches.dataset();
    Shape shape = dataset.shape();
    float[] images = batch.images().data();
    int length = shape.arrayLength();
    for (int i = from; i < to && !ring.isPaused(); i++) {
      int index = order[number * batches.batchSize() + i];
      int offset = i * length;
      dataset.read(index, images, offset);
      requireFinite(images, offset, length, index);
      batches.transform().apply(images, offset, shape, batches.seed(), epoch, index);
      batches.normalization().apply(images, offset, shape);
      batch.labels()[i] = dataset.label(index);
      batch.indices()[i] = index;
    }
  }

  /** Not finite is what has all bits of the exponent set. */
  private static void requireFinite(float[] values, int offset, int length, int index) {
    int largest = 0;
    for (int i = offset; i < offset + length; i++) {
      largest = Math.max(largest, Float.floatToRawIntBits(values[i]) & EXPONENT);
    }
    if (largest == EXPONENT) {
      throw new DataException(
          "sample %d: expected finite values, found NaN or infinity".formatted(index));
    }
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
