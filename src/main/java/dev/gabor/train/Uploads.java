package dev.gabor.train;

import dev.gabor.data.Batch;
import java.util.Iterator;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;

/**
 * Takes the batches of one epoch to the device in a thread of its own, while the device works on
 * those before.
 */
final class Uploads implements AutoCloseable {
  /** What {@link #take} answers behind the last batch. */
  static final int END = -1;

  /**
   * A place with a batch.
   *
   * @param deviceIdle whether the device had nothing left to do when the batch had come
   */
  private record Filled(int place, boolean deviceIdle) {}

  private final Feed feed;
  private final Semaphore free = new Semaphore(Feed.PLACES);
  private final BlockingQueue<Filled> filled = new ArrayBlockingQueue<>(Feed.PLACES + 1);
  private final Thread thread;
  // Written before the end is put in the queue.
  private Throwable failure;
  private long waitedNanos;

  /** Begins to upload. */
  Uploads(Feed feed, Iterable<Batch> batches) {
    this.feed = feed;
    thread = new Thread(() -> work(batches.iterator()), "gabor-uploads");
    thread.setDaemon(true);
    thread.start();
  }

  private void work(Iterator<Batch> batches) {
    try {
      try {
        for (int place = 0; batches.hasNext(); place = (place + 1) % Feed.PLACES) {
          Batch batch = batches.next();
          free.acquire();
          feed.fill(place, batch);
          filled.put(new Filled(place, feed.isDrained()));
        }
      } catch (RuntimeException | Error e) {
        failure = e;
      }
      filled.put(new Filled(END, false));
    } catch (InterruptedException e) {
      // Closed before its end: nobody takes what is missing.
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The place of the next batch, or {@link #END}. What the data set threw comes in the place of the
   * batch that it spoilt.
   */
  int take() {
    Filled next = filled.poll();
    if (next == null) {
      next = await();
    }
    if (next.place() == END && failure instanceof RuntimeException exception) {
      throw exception;
    }
    if (next.place() == END && failure instanceof Error error) {
      throw error;
    }
    return next.place();
  }

  private Filled await() {
    long began = System.nanoTime();
    try {
      Filled next = filled.take();
      // Where the device still worked, it has lost nothing.
      if (next.deviceIdle()) {
        waitedNanos += System.nanoTime() - began;
      }
      return next;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("training: interrupted while waiting for a batch", e);
    }
  }

  /** Lets a place be filled again: its step has been started. */
  void release(int place) {
    feed.release(place);
    free.release();
  }

  /** How long the device has waited for data. */
  long waitedNanos() {
    return waitedNanos;
  }

  @Override
  public void close() {
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
