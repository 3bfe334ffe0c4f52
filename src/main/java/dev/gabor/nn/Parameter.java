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
 * @param deviceShape the axes on a device: the same elements in the same order, split differently
 *     where that spares a copy. The weight (K,C·H·W) of a dense layer behind images (C,H,W) is
 *     (K,C,H,W) there, so that it meets the images as they lie in memory.
 */
public record Parameter(
    String name,
    Shape shape,
    Layout layout,
    Initializer initializer,
    Kind kind,
    Shape deviceShape) {
  /** A parameter with the same axes everywhere. */
  public Parameter(String name, Shape shape, Layout layout, Initializer initializer, Kind kind) {
    this(name, shape, layout, initializer, kind, shape);
  }

  /** What training does to a parameter. */
  public enum Kind {
    /** Trained, and subject to weight decay. */
    WEIGHT,
    /**
     * Trained, and left out of weight decay unless asked for: biases, and scale and shift of
     * normalisations.
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
