package dev.gabor.data;

import java.util.Arrays;

/**
 * The hand-over between the threads that fill batches and the thread that uses them: a ring of
 * batches under one monitor. The threads claim runs of samples in order; the one that ends a batch
 * mixes it and calls it filled.
 */
final class BatchRing {
  /** Fills some samples of a batch; what it throws reaches the user of the batch. */
  interface Filler {
    void fill(Batch batch, long epoch, int number, int from, int to);
  }

  private static final long CLOSED = -1;
  private static final int NO_BATCH = -1;
  private static final int NO_FAILURE = Integer.MAX_VALUE;
  // Long enough that claiming costs little, short enough that large images are shared out evenly.
  private static final int MOST_CLAIMED = 8;
  private static final int CLAIMED_FLOATS = 1 << 14;

  private final Batches batches;
  private final int claimed;
  private final Batch[] ring;
  // Everything below is guarded by this monitor; the flag is also read without it.
  private volatile boolean paused = true;
  private boolean closed;
  private int active;
  private long round;
  private long epoch;
  private int first;
  private int end;
  private int nextToUse;
  private int nextToClaim;
  private int nextSample;
  private final int[] samplesLeft;
  private final int[] filled;
  private int failedBatch;
  private int failedSample;
  private Throwable failure;

  BatchRing(Batches batches, int length) {
    this.batches = batches;
    int sample = batches.dataset().shape().arrayLength();
    claimed = Math.max(1, Math.min(MOST_CLAIMED, CLAIMED_FLOATS / sample));
    ring = new Batch[length];
    for (int i = 0; i < length; i++) {
      ring[i] = new Batch(batches.dataset().shape(), batches.batchSize());
    }
    samplesLeft = new int[length];
    filled = new int[length];
  }

  /** The body of a filling thread: ends when the ring is closed. */
  void work(Filler filler) {
    for (long claim = claim(); claim != CLOSED; claim = claim()) {
      int number = (int) (claim >>> 32);
      int from = (int) claim;
      int to = Math.min(from + claimed, batches.count(number));
      Batch batch = ring[number % ring.length];
      Throwable thrown = null;
      boolean last = false;
      try {
        filler.fill(batch, epoch, number, from, to);
        last = endsBatch(number, to - from);
        if (last) {
          batch.finish(batches.count(number));
          batches.mixing().apply(batch, batches.seed(), epoch, number);
        }
      } catch (RuntimeException | Error e) {
        thrown = e;
      }
      done(number, from, last, thrown);
    }
  }

  /** The next samples to fill: the number of their batch above 32 bits, below the first of them. */
  private synchronized long claim() {
    while (!closed && !hasWork()) {
      try {
        wait();
      } catch (InterruptedException e) {
        // Only a data set can have interrupted this thread; its user must not wait for ever.
        fail(
            nextToUse,
            0,
            new IllegalStateException("batch loader: a loading thread was interrupted", e));
        notifyAll();
      }
    }
    if (closed) {
      return CLOSED;
    }
    if (nextSample == 0) {
      samplesLeft[nextToClaim % ring.length] = batches.count(nextToClaim);
    }
    long claim = (long) nextToClaim << 32 | nextSample;
    nextSample += claimed;
    if (nextSample >= batches.count(nextToClaim)) {
      nextToClaim++;
      nextSample = 0;
    }
    active++;
    return claim;
  }

  private boolean hasWork() {
    // The batch in use stays untouched: it is the one before nextToUse.
    int oldest = Math.max(nextToUse - 1, first);
    return !paused
        && failedBatch == NO_FAILURE
        && nextToClaim < end
        && nextToClaim - oldest < ring.length;
  }

  private synchronized boolean endsBatch(int number, int samples) {
    int slot = number % ring.length;
    samplesLeft[slot] -= samples;
    return samplesLeft[slot] == 0 && !paused;
  }

  private synchronized void done(int number, int from, boolean last, Throwable thrown) {
    active--;
    if (!paused && thrown != null) {
      fail(number, from, thrown);
    } else if (!paused && last) {
      filled[number % ring.length] = number;
    }
    notifyAll();
  }

  /** Keeps the failure of the first sample, so that each run names the same. */
  private void fail(int number, int sample, Throwable thrown) {
    if (number < failedBatch || (number == failedBatch && sample < failedSample)) {
      failedBatch = number;
      failedSample = sample;
      failure = thrown;
    }
  }

  /** Stops filling and waits until no batch is being filled. */
  synchronized void pause() {
    checkOpen();
    paused = true;
    round++;
    while (active > 0) {
      awaitChange();
    }
  }

  /** Goes on with other batches; returns the name of this round. */
  synchronized long start(long newEpoch, int firstBatch, int endBatch) {
    checkOpen();
    epoch = newEpoch;
    first = firstBatch;
    nextToClaim = firstBatch;
    nextSample = 0;
    nextToUse = firstBatch;
    end = endBatch;
    Arrays.fill(filled, NO_BATCH);
    failedBatch = NO_FAILURE;
    failedSample = NO_FAILURE;
    failure = null;
    paused = false;
    notifyAll();
    return round;
  }

  boolean isPaused() {
    return paused;
  }

  synchronized boolean hasNext(long ofRound) {
    checkOpen();
    if (round != ofRound) {
      throw new IllegalStateException("batch loader: another epoch has been started since");
    }
    return nextToUse < end;
  }

  /** The next batch; frees the one before. Call only while there is one. */
  synchronized Batch take() {
    int number = nextToUse++;
    notifyAll();
    while (!closed && !isFilled(number) && !hasFailed(number)) {
      awaitChange();
    }
    checkOpen();
    if (!isFilled(number)) {
      nextToUse = end;
      if (failure instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) failure;
    }
    return ring[number % ring.length];
  }

  private boolean isFilled(int number) {
    return filled[number % ring.length] == number;
  }

  private boolean hasFailed(int number) {
    return failedBatch <= number && active == 0;
  }

  synchronized void close() {
    closed = true;
    paused = true;
    notifyAll();
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("batch loader: already closed");
    }
  }

  @SuppressWarnings("WaitNotInLoop") // Every caller loops.
  private void awaitChange() {
    try {
      wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("batch loader: interrupted while waiting for a batch", e);
    }
  }
}
