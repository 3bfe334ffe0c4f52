package dev.gabor.check;

/**
 * How far a device may be from the CPU reference: the one table.
 *
 * <p>A bound allows |device - reference| ≤ absolute + relative · m, where m is the magnitude of the
 * reference's element or, norm-wise, of its largest one.
 *
 * @param absolute at least 0
 * @param relative at least 0
 * @param normwise whether m is the largest magnitude of the whole tensor
 */
public record Bounds(double absolute, double relative, boolean normwise) {
  /** The distance of 1 to the next float. */
  private static final double EPSILON = 0x1p-23;

  /** Copies, comparisons and sums of whole numbers. */
  public static final Bounds EXACT = new Bounds(0, 0, false);

  /** One or two operations that IEEE 754 rounds; drivers may fuse them. */
  public static final Bounds ROUNDED = new Bounds(2 * EPSILON, 2 * EPSILON, false);

  /**
   * Functions with exp, erf, tanh or sqrt inside: OpenCL C allows up to 16 units in the last place
   * for one of them, and formulas with two differ in form.
   */
  public static final Bounds FUNCTION = new Bounds(32 * EPSILON, 32 * EPSILON, false);

  /**
   * The transforms of F(4×4, 3×3) and F(2×2, 5×5) have entries up to 8 and cancel (Lavin and Gray
   * 2016).
   */
  private static final double WINOGRAD_GROWTH = 64;

  private static final double STEPS_AROUND_A_SUM = 8;
  private static final double STEPS_A_TERM = 2;

  /**
   * A sum in any order.
   *
   * @param terms how many
   * @param scale the largest magnitude of a term
   */
  public static Bounds sum(long terms, double scale) {
    double steps = STEPS_AROUND_A_SUM + STEPS_A_TERM * terms;
    return new Bounds(steps * EPSILON * scale, STEPS_AROUND_A_SUM * EPSILON, false);
  }

  /** A sum of products by Winograd's minimal filtering, which is exact on no tensor. */
  public static Bounds winograd(long terms, double scale) {
    Bounds sum = sum(terms, scale);
    return new Bounds(WINOGRAD_GROWTH * sum.absolute, WINOGRAD_GROWTH * sum.relative, true);
  }

  /** A whole network: several layers' errors, each passed on by the next. */
  public static Bounds network() {
    return new Bounds(0, 0x1p-10, true);
  }

  /** The same with more to add: a function after the sum, say. */
  public Bounds plus(Bounds other) {
    return new Bounds(
        absolute + other.absolute, relative + other.relative, normwise || other.normwise);
  }

  /** What is allowed beside one element of the reference. */
  double allowed(double expected, double largest) {
    return absolute + relative * (normwise ? largest : Math.abs(expected));
  }
}
