package dev.gabor.backend;

import dev.gabor.tensor.Shape;

/**
 * One allocated piece of a backend's memory. Whoever allocated it closes it; its tensors are then
 * dead.
 */
public interface Memory extends AutoCloseable {
  /** The size in bytes. */
  long sizeBytes();

  /**
   * A tensor over a part of this piece. Several tensors may share bytes; a plan sees to it that
   * they do so one after the other.
   *
   * @param offsetBytes where the tensor begins, a multiple of {@link Backend#alignmentBytes()}
   * @param shape its axes in canonical order; 4 bytes an element
   * @param layout what the axes mean
   */
  DeviceTensor tensor(long offsetBytes, Shape shape, Layout layout);

  @Override
  void close();
}
