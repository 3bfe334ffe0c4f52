package dev.gabor.backend;

/**
 * One operation bound to its tensors. Steps of one backend run in the order in which they are
 * started.
 */
public interface Step extends AutoCloseable {
  /**
   * Starts the operation; it may still be running when this returns ({@link Backend#finish()}
   * waits).
   */
  void run();

  /**
   * Waits for what the driver still compiles for this step. {@link #run()} does it by itself; asked
   * of many steps before the first runs, their programs are compiled side by side.
   */
  default void ready() {}

  /** Releases what the binding holds (a kernel, say), never the tensors. */
  @Override
  default void close() {}
}
