package dev.gabor.backend.tuning;

import java.util.List;

/**
 * What was measured for a problem.
 *
 * @param ranking the algorithms, the one to take first; each gave right results
 * @param complete whether every candidate was tried, or time ran out before
 */
public record Found(List<Timed> ranking, boolean complete) {
  /** Copies the ranking. */
  public Found {
    ranking = List.copyOf(ranking);
  }

  /**
   * An algorithm and its time.
   *
   * @param algorithm with its parameters, {@code name:parameters}, where it was fastest with other
   *     ones than its own
   * @param millis the device's own time of a run, the median of several; above 0
   */
  public record Timed(String algorithm, double millis) {}
}
