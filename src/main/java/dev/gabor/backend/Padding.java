package dev.gabor.backend;

import dev.gabor.tensor.Shape;

/**
 * Borders around images. ONNX: Pad; PyTorch: ConstantPad2d, ReflectionPad2d, ReplicationPad2d.
 *
 * @param mode what the borders hold
 * @param value the element of a CONSTANT border; not read by the others
 * @param top rows above
 * @param bottom rows below
 * @param left columns to the left
 * @param right columns to the right
 */
public record Padding(Mode mode, float value, int top, int bottom, int left, int right) {
  /** What the borders hold. */
  public enum Mode {
    /** One value, mostly 0. */
    CONSTANT,
    /** The image mirrored at its outermost rows and columns, which are not repeated. */
    REFLECT,
    /** The nearest row or column. */
    REPLICATE
  }

  /** Refuses negative borders: cropping is not padding. */
  public Padding {
    Require.that(
        top >= 0 && bottom >= 0 && left >= 0 && right >= 0,
        "pad",
        "borders are top %d, bottom %d, left %d, right %d, expected none below 0"
            .formatted(top, bottom, left, right));
  }

  /** Zeros, as many rows and columns on every side. */
  public static Padding zero(int border) {
    return of(Mode.CONSTANT, border);
  }

  /** As many rows and columns on every side; a CONSTANT border holds 0. */
  public static Padding of(Mode mode, int border) {
    return new Padding(mode, 0, border, border, border, border);
  }

  /**
   * The shape of padded images; refused where a mirror image would need more rows or columns than
   * there are.
   *
   * @param x (N,C,H,W), or (C,H,W) for one sample
   */
  public Shape outputShape(Shape x) {
    Require.that(x.rank() >= 3, "pad", "x has shape " + x + ", expected images");
    int[] lengths = x.toArray();
    int rows = lengths.length - 2;
    int columns = lengths.length - 1;
    boolean mirrored =
        Math.max(top, bottom) < lengths[rows] && Math.max(left, right) < lengths[columns];
    Require.that(
        mode != Mode.REFLECT || mirrored,
        "pad",
        "reflected borders need to be smaller than the image, top %d, bottom %d, left %d, right %d around %s"
            .formatted(top, bottom, left, right, x));
    lengths[rows] += top + bottom;
    lengths[columns] += left + right;
    return Shape.of(lengths);
  }
}
