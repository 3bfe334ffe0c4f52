package dev.gabor.bench;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How long a number takes from one thread to another and back, both spinning. Where a machine has
 * two cores it is the distance of their caches: some 120 ns where they share the last one, 480 on
 * different chiplets. A virtual machine may change from one to the other within a minute, and small
 * batches, whose weights both cores read and write, with it.
 */
final class CoreDistance {
  /** Below this they share a cache. */
  static final double NEAR_NANOS = 250;

  private static final int ROUNDS = 20_000;

  private CoreDistance() {}

  /** Measures it, in nanoseconds. */
  static double roundTripNanos() {
    AtomicInteger ball = new AtomicInteger();
    Thread other = new Thread(() -> hit(ball, 1), "core-distance");
    other.setDaemon(true);
    other.start();
    long begin = System.nanoTime();
    hit(ball, 0);
    double nanos = System.nanoTime() - begin;
    join(other);
    return nanos / ROUNDS;
  }

  private static void hit(AtomicInteger ball, int parity) {
    for (int turn = parity; turn < 2 * ROUNDS; turn += 2) {
      while (ball.getAcquire() != turn) {
        Thread.onSpinWait();
      }
      ball.setRelease(turn + 1);
    }
  }

  private static void join(Thread other) {
    try {
      other.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
