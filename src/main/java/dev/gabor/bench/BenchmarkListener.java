package dev.gabor.bench;

/** Follows a benchmark. */
public interface BenchmarkListener {
  /** Ignores everything. */
  BenchmarkListener NONE = new BenchmarkListener() {};

  /**
   * The next case begins.
   *
   * @param index from 0
   * @param count of all cases
   */
  default void started(int index, int count, String title) {}

  /** A case cannot be measured here. */
  default void leftOut(String title, String reason) {}
}
