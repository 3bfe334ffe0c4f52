package dev.gabor.tensor;

/**
 * A tensor in host memory: a shape and its elements in row-major order.
 *
 * @param shape the axes
 * @param data the elements, {@code shape.size()} of them; not copied, so the caller and the tensor
 *     share it
 */
public record Tensor(Shape shape, float[] data) {
  /** Checks that the array has as many elements as the shape. */
  public Tensor {
    if (data.length != shape.size()) {
      throw new IllegalArgumentException(
          "tensor: an array of "
              + data.length
              + " elements does not fill shape "
              + shape
              + " of "
              + shape.size());
    }
  }

  /** A tensor of zeros. */
  public static Tensor zeros(int... lengths) {
    return zeros(Shape.of(lengths));
  }

  /** A tensor of zeros. */
  public static Tensor zeros(Shape shape) {
    return new Tensor(shape, new float[shape.arrayLength()]);
  }

  /** A tensor holding the given elements. */
  public static Tensor of(Shape shape, float... data) {
    return new Tensor(shape, data);
  }

  /** The same elements under another shape of the same size. */
  public Tensor reshape(int... lengths) {
    return new Tensor(Shape.of(lengths), data);
  }
}
