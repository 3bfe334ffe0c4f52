package dev.gabor.nn;

import dev.gabor.tensor.Shape;

/** The check of layers that work on images alone. */
final class Images {
  private Images() {}

  /**
   * The shape (C,H,W) of an input; refused where it is not an image.
   *
   * @param layer the layer that reads it
   * @param verb what the layer does to it
   */
  static Shape of(String layer, String verb, Node input) {
    if (input.shape().rank() != 3) {
      throw new IllegalArgumentException(
          "layer %s %s %s%s, expected images (channels, rows, columns)"
              .formatted(layer, verb, input.name(), input.shape()));
    }
    return input.shape();
  }
}
