package dev.gabor.backend;

/**
 * Work that shows what a device can do at most: arithmetic without memory, memory without
 * arithmetic. The device benchmark measures with it; no network uses it. All tensors are plain.
 */
public abstract class CeilingOps {
  /** Rounds come in multiples of this, so that loops can be unrolled. */
  public static final int UNROLL = 8;

  /** The floats that a work-group of {@link #local} keeps in local memory. */
  public static final int TILE = 512;

  /** The floats by which {@link #local} turns its tile from round to round. */
  public static final int TURN = 16;

  /** Some drivers end a loop silently after so many turns. */
  private static final int MAX_ROUNDS = 65_535;

  /**
   * y[i] = f applied rounds times to x[i], with f(t) = a t + b: size · rounds multiply-adds in
   * registers, with or without rounding in between.
   *
   * @param x any shape
   * @param y the shape of x, overwritten; may be x itself
   * @param rounds a multiple of {@link #UNROLL}, 8 to 65528
   * @param a the factor
   * @param b the summand
   */
  public final Step multiplyAdd(DeviceTensor x, DeviceTensor y, int rounds, float a, float b) {
    String operation = "ceiling multiply-add";
    check(operation, x, y);
    checkRounds(operation, rounds);
    return bindMultiplyAdd(x, y, rounds, a, b);
  }

  /** Whether the device computes in half precision: a kernel that does so has run here. */
  public boolean hasHalf() {
    return false;
  }

  /**
   * The same as {@link #multiplyAdd}, each multiply-add rounded to half precision; the tensors stay
   * float.
   *
   * @throws IllegalArgumentException also where {@link #hasHalf} is false
   */
  public final Step multiplyAddHalf(DeviceTensor x, DeviceTensor y, int rounds, float a, float b) {
    String operation = "ceiling multiply-add in half precision";
    Require.that(hasHalf(), operation, "the device has no half precision");
    check(operation, x, y);
    checkRounds(operation, rounds);
    return bindMultiplyAddHalf(x, y, rounds, a, b);
  }

  /**
   * y = x.
   *
   * @param x any shape
   * @param y the shape of x, overwritten
   */
  public final Step copy(DeviceTensor x, DeviceTensor y) {
    check("ceiling copy", x, y);
    return bindCopy(x, y);
  }

  /**
   * Reads x: each element of partial becomes the sum of another part of x, and together they are
   * the sum of x. Which part is the backend's choice.
   *
   * @param x any shape
   * @param partial (M), M from 1 to the size of x, overwritten
   */
  public final Step read(DeviceTensor x, DeviceTensor partial) {
    String operation = "ceiling read";
    plain(operation, "x", x);
    plain(operation, "partial", partial);
    Require.that(
        partial.shape().rank() == 1 && partial.shape().size() <= x.shape().size(),
        operation,
        "partial has shape " + partial.shape() + ", expected (M) with M up to " + x.shape().size());
    return bindRead(x, partial);
  }

  /**
   * y[i] = value.
   *
   * @param y any shape, overwritten
   */
  public final Step fill(DeviceTensor y, float value) {
    plain("ceiling fill", "y", y);
    return bindFill(y, value);
  }

  /**
   * y[i] = Σ over 0 ≤ j &lt; rounds of x[base + (i − base + {@value #TURN} j) mod {@value #TILE}],
   * base being the largest multiple of {@value #TILE} up to i: size · rounds floats read from local
   * memory, or from the first cache where there is none.
   *
   * @param x any shape, its size a multiple of {@value #TILE}
   * @param y the shape of x, overwritten
   * @param rounds a multiple of {@link #UNROLL}, 8 to 65528
   */
  public final Step local(DeviceTensor x, DeviceTensor y, int rounds) {
    String operation = "ceiling local memory";
    check(operation, x, y);
    checkRounds(operation, rounds);
    Require.that(
        x.shape().size() % TILE == 0,
        operation,
        "x has " + x.shape().size() + " elements, expected a multiple of " + TILE);
    return bindLocal(x, y, rounds);
  }

  private static void check(String operation, DeviceTensor x, DeviceTensor y) {
    plain(operation, "x", x);
    Require.like(operation, "y", y, x);
  }

  private static void plain(String operation, String name, DeviceTensor tensor) {
    Require.present(operation, name, tensor);
    Require.layout(operation, name, tensor, Layout.PLAIN);
    Require.indexable(operation, name, tensor.shape());
  }

  private static void checkRounds(String operation, int rounds) {
    Require.that(
        rounds >= UNROLL && rounds <= MAX_ROUNDS && rounds % UNROLL == 0,
        operation,
        rounds + " rounds, expected a multiple of " + UNROLL + " up to " + MAX_ROUNDS);
  }

  /** Binds the chains of multiply-adds. */
  protected abstract Step bindMultiplyAdd(
      DeviceTensor x, DeviceTensor y, int rounds, float a, float b);

  /** Binds the chains in half precision; asked for only where there is half precision. */
  protected Step bindMultiplyAddHalf(DeviceTensor x, DeviceTensor y, int rounds, float a, float b) {
    throw new UnsupportedOperationException("no half precision");
  }

  /** Binds the copy. */
  protected abstract Step bindCopy(DeviceTensor x, DeviceTensor y);

  /** Binds the partial sums. */
  protected abstract Step bindRead(DeviceTensor x, DeviceTensor partial);

  /** Binds the fill. */
  protected abstract Step bindFill(DeviceTensor y, float value);

  /** Binds the sums over a turning tile. */
  protected abstract Step bindLocal(DeviceTensor x, DeviceTensor y, int rounds);
}
