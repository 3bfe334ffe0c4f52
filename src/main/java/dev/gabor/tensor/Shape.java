package dev.gabor.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The axes' lengths of a tensor, outermost first. Every length is at least 1; rank 0 is a scalar.
 */
public final class Shape {
  private final int[] lengths;
  private final long size;

  private Shape(int[] lengths) {
    this.lengths = lengths;
    long product = 1;
    for (int length : lengths) {
      if (length < 1) {
        throw new IllegalArgumentException(
            "shape " + Arrays.toString(lengths) + ": every axis needs a length of at least 1");
      }
      product = Math.multiplyExact(product, length);
    }
    this.size = product;
  }

  /** A shape of the given axis lengths, for example {@code Shape.of(32, 3, 28, 28)}. */
  public static Shape of(int... lengths) {
    return new Shape(lengths.clone());
  }

  /** The number of axes. */
  public int rank() {
    return lengths.length;
  }

  /** The length of one axis, 0 being the outermost. */
  public int length(int axis) {
    return lengths[axis];
  }

  /** The number of elements: the product of all lengths. */
  public long size() {
    return size;
  }

  /** The number of elements as an array length; refused when it does not fit. */
  public int arrayLength() {
    if (size > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "shape " + this + " has " + size + " elements, too many for one array");
    }
    return (int) size;
  }

  /** This shape with one more axis in front: a sample (C,H,W) becomes a batch (N,C,H,W). */
  public Shape batched(int batch) {
    int[] batched = new int[lengths.length + 1];
    batched[0] = batch;
    System.arraycopy(lengths, 0, batched, 1, lengths.length);
    return new Shape(batched);
  }

  /** This shape without its outermost axis: a batch (N,C,H,W) becomes a sample (C,H,W). */
  public Shape sample() {
    return new Shape(Arrays.copyOfRange(lengths, 1, lengths.length));
  }

  /** A copy of the axis lengths. */
  public int[] toArray() {
    return lengths.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(lengths, shape.lengths);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(lengths);
  }

  /** For example {@code (32,3,28,28)}. */
  @Override
  public String toString() {
    return Arrays.stream(lengths)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(",", "(", ")"));
  }
}
