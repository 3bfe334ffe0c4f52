package dev.gabor.bench;

import dev.gabor.nn.plan.Profile;

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

  /** A case was run a few times more to time its kernels. */
  default void profiled(String title, Profile profile) {}

  /** A case cannot be measured here. */
  default void leftOut(String title, String reason) {}

  /**
   * The time is over.
   *
   * @param left how many cases are left out, the last ones
   * @param first the title of the first of them
   */
  default void ended(int left, String first) {}
}
