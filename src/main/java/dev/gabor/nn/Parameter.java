package dev.gabor.nn;

import dev.gabor.backend.Layout;
import dev.gabor.tensor.Shape;

/**
 * A tensor that belongs to a network and is saved with it.
 *
 * @param name unique in the network, for example {@code conv1.weight}
 * @param shape the axes
 * @param layout what they mean
 * @param initializer its first values
 * @param kind what training does to it
 */
public record Parameter(
    String name, Shape shape, Layout layout, Initializer initializer, Kind kind) {
  /** What training does to a parameter. */
  public enum Kind {
    /** Trained, and subject to weight decay. */
    WEIGHT,
    /**
     * Trained, and left out of weight decay unless asked for: biases, batch-norm scale and shift.
     */
    UNDECAYED,
    /** Not trained by gradients: running statistics. */
    STATISTIC
  }

  /** Whether the parameter has a gradient. */
  public boolean trains() {
    return kind != Kind.STATISTIC;
  }
}
