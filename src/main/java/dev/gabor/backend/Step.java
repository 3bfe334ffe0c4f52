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

  /** Releases what the binding holds (a kernel, say), never the tensors. */
  @Override
  default void close() {}
}
