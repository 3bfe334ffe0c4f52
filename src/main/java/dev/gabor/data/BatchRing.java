package dev.gabor.data;

import dev.gabor.tensor.Shape;

/**
 * The hand-over between the thread that fills batches and the thread that uses them: a ring of
 * batches, the number of the next one to fill and of the next one to use, under one monitor.
 */
final class BatchRing {
  /** Fills one batch; what it throws reaches the user of the batch. */
  interface Filler {
    void fill(Batch batch, long epoch, int number);
  }

  private final Batch[] ring;
  // Everything below is guarded by this monitor; the flag is also read without it.
  private volatile boolean paused = true;
  private boolean closed;
  private boolean filling;
  private long round;
  private long epoch;
  private int nextToFill;
  private int nextToUse;
  private int first;
  private int end;
  private Throwable failure;

  BatchRing(Shape sample, int capacity, int batches) {
    ring = new Batch[batches];
    for (int i = 0; i < batches; i++) {
      ring[i] = new Batch(sample, capacity);
    }
  }

  /** The body of the filling thread: ends when the ring is closed. */
  void fillAll(Filler filler) {
    while (awaitWork()) {
      Throwable thrown = null;
      try {
        filler.fill(ring[nextToFill % ring.length], epoch, nextToFill);
      } catch (RuntimeException | Error e) {
        thrown = e;
      }
      filled(thrown);
    }
  }

  private synchronized boolean awaitWork() {
    while (!closed && !hasWork()) {
      try {
        wait();
      } catch (InterruptedException e) {
        // Only a data set can have interrupted this thread; its user must not wait for ever.
        failure = new IllegalStateException("batch loader: the loading thread was interrupted", e);
        notifyAll();
      }
    }
    filling = !closed;
    return filling;
  }

  private boolean hasWork() {
    // The batch in use stays untouched: it is the one before nextToUse.
    int oldest = Math.max(nextToUse - 1, first);
    return !paused && failure == null && nextToFill < end && nextToFill - oldest < ring.length;
  }

  private synchronized void filled(Throwable thrown) {
    filling = false;
    if (!paused) {
      failure = thrown;
      nextToFill += thrown == null ? 1 : 0;
    }
    notifyAll();
  }

  /** Stops filling and waits until no batch is being filled. */
  synchronized void pause() {
    checkOpen();
    paused = true;
    round++;
    while (filling) {
      awaitChange();
    }
  }

  /** Goes on with other batches; returns the name of this round. */
  synchronized long start(long newEpoch, int firstBatch, int endBatch) {
    checkOpen();
    epoch = newEpoch;
    first = firstBatch;
    nextToFill = firstBatch;
    nextToUse = firstBatch;
    end = endBatch;
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
    nextToUse++;
    notifyAll();
    while (!closed && nextToFill < nextToUse && failure == null) {
      awaitChange();
    }
    checkOpen();
    if (nextToFill < nextToUse) {
      nextToUse = end;
      if (failure instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) failure;
    }
    return ring[(nextToUse - 1) % ring.length];
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
