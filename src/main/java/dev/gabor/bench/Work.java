package dev.gabor.bench;

/**
 * How much a run computes and moves, for the roofline.
 *
 * @param flops floating-point operations: a multiply-add of a convolution counts two; of other
 *     operators each sum, product, comparison and function of the formula counts one
 * @param bytes the fewest that must come and go
 */
public record Work(double flops, double bytes) {
  /** Work that nobody counts: launches, whole models. */
  public static final Work NONE = new Work(0, 0);

  /** Operations per byte; 0 where nothing is computed or counted. */
  public double intensity() {
    return bytes == 0 ? 0 : flops / bytes;
  }
}
