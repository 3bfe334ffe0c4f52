package dev.gabor.backend.reference;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.tensor.Shape;

/** A tensor in canonical row-major order: element i is {@code data[offset + i]}. */
final class ReferenceTensor implements DeviceTensor {
  final float[] data;
  final int offset;
  final int size;
  private final Shape shape;
  private final Layout layout;

  ReferenceTensor(float[] data, int offset, Shape shape, Layout layout) {
    this.data = data;
    this.offset = offset;
    this.size = shape.arrayLength();
    this.shape = shape;
    this.layout = layout;
  }

  /** The tensor behind the contract's handle; refused when it belongs to another backend. */
  static ReferenceTensor of(DeviceTensor tensor) {
    if (tensor instanceof ReferenceTensor reference) {
      return reference;
    }
    throw new IllegalArgumentException(
        "tensor " + tensor + " does not belong to the CPU reference");
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public Layout layout() {
    return layout;
  }

  @Override
  public String toString() {
    return "cpu" + shape;
  }
}
