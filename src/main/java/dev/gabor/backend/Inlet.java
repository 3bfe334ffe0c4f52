package dev.gabor.backend;

import dev.gabor.tensor.Shape;
import java.util.List;

/**
 * Tensors that the host fills while the device works: there are several <em>places</em> with the
 * same tensors in each, and while steps read those of one, another thread fills the next. Whoever
 * made it closes it, before the backend.
 *
 * <p>A place is filled, then steps that read it are started, then it is released; {@link #fill}
 * waits until the steps started before the release have ended. {@code fill} and {@link #isDrained}
 * may be called in another thread than the rest, as long as one thread at a time calls them and the
 * places are handed over safely.
 */
public interface Inlet extends AutoCloseable {
  /** The shape and layout of a tensor. */
  record Form(Shape shape, Layout layout) {}

  /** One tensor of every place, in order. */
  List<DeviceTensor> tensors(int index);

  /** The bytes of all places. */
  long sizeBytes();

  /**
   * Copies host elements to the tensors of a place, and waits until they are there.
   *
   * @param place from 0
   * @param sources elements in canonical order, one array a tensor; not kept
   */
  void fill(int place, float[]... sources);

  /** Says that all steps that read a place have been started. */
  void release(int place);

  /** Whether the steps of all released places have ended: the device waits for the host. */
  boolean isDrained();

  @Override
  void close();
}
