package dev.gabor.peers;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Times two ways to the same result, turn by turn (A, B, A, B, …), so that whatever else the
 * machine does meets both alike.
 *
 * @param rounds turns of each; the median of them counts
 */
record Contest(int rounds) {
  private static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long WARM_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(30);
  private static final int QUIET_TRIES = 100;

  /** The median seconds of one run. */
  record Result(double gaborSeconds, double torchSeconds) {
    /** How many times as fast Gabor is. */
    double ratio() {
      return torchSeconds / gaborSeconds;
    }
  }

  /** Warms both up and times them; a run must have done its work when it returns. */
  Result time(Runnable gabor, Runnable torch) {
    int gaborRuns = warmUp(gabor);
    int torchRuns = warmUp(torch);
    double[] gaborSeconds = new double[rounds];
    double[] torchSeconds = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      gaborSeconds[round] = turn(gabor, gaborRuns);
      torchSeconds[round] = turn(torch, torchRuns);
    }
    return new Result(median(gaborSeconds), median(torchSeconds));
  }

  /** Runs for a while; returns how many runs make a turn. */
  private static int warmUp(Runnable side) {
    awaitQuiet();
    side.run();
    long start = System.nanoTime();
    long elapsed;
    int runs = 0;
    do {
      side.run();
      runs++;
      elapsed = System.nanoTime() - start;
    } while (elapsed < WARM_UP_NANOS);
    return Math.toIntExact(Math.max(1, TURN_NANOS * runs / elapsed));
  }

  private static double turn(Runnable side, int runs) {
    awaitQuiet();
    // The other side has filled the caches.
    side.run();
    long start = System.nanoTime();
    for (int i = 0; i < runs; i++) {
      side.run();
    }
    return (System.nanoTime() - start) * 1e-9 / runs;
  }

  /**
   * PyTorch's threads spin for a while after their last work (OMP_WAIT_POLICY=ACTIVE) and would
   * take a core from the next turn: waits until this process uses none.
   */
  private static void awaitQuiet() {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    for (int i = 0; i < QUIET_TRIES; i++) {
      long before = system.getProcessCpuTime();
      LockSupport.parkNanos(QUIET_NANOS);
      if (system.getProcessCpuTime() - before <= QUIET_NANOS / 3) {
        return;
      }
    }
    throw new IllegalStateException(
        "the threads of this process do not come to rest; is GOMP_SPINCOUNT set?");
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
