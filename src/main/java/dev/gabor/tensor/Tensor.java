package dev.gabor.tensor;

/**
 * A tensor in host memory: a shape and its elements in row-major order. The array is not copied:
 * whoever made the tensor shares it.
 */
public final class Tensor {
  private final Shape shape;
  private final float[] data;

  /**
   * A tensor over an array.
   *
   * @param shape the axes
   * @param data the elements, {@code shape.size()} of them; shared, not copied
   */
  public Tensor(Shape shape, float[] data) {
    if (data.length != shape.size()) {
      throw new IllegalArgumentException(
          "tensor: an array of "
              + data.length
              + " elements does not fill shape "
              + shape
              + " of "
              + shape.size());
    }
    this.shape = shape;
    this.data = data;
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

  /** The axes. */
  public Shape shape() {
    return shape;
  }

  /** The elements in row-major order, shared. */
  public float[] data() {
    return data;
  }
}
