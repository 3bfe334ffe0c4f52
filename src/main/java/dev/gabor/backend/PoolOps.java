package dev.gabor.backend;

/** Maximum and average pooling, global ones included ({@link Pool#global}). */
public abstract class PoolOps {
  /**
   * The bytes that {@link #forward} keeps for {@link #backward}: for MAX where in its window each
   * output was found, so that x need not live until then; none for AVERAGE.
   */
  public final long reserveBytes(Pool pool) {
    return pool.window().kind() == PoolWindow.Kind.MAX ? maxReserveBytes(pool) : 0;
  }

  /**
   * y[n,c,p,q] = the maximum or the mean of x[n,c,p·strideH-padH+r,q·strideW-padW+s] over 0 ≤ r
   * &lt; R, 0 ≤ s &lt; S. The first of equal maxima is kept, in the order of r and then s; NaN is
   * larger than everything, and the last one is kept, as in PyTorch. A mean divides by {@link
   * Pool#divisor}.
   *
   * @param x (N,C,H,W)
   * @param y (N,C,P,Q), overwritten
   * @param reserve {@link #reserveBytes} bytes, overwritten; NONE for AVERAGE, and for MAX where no
   *     backward follows
   */
  public final Step forward(Pool pool, DeviceTensor x, DeviceTensor y, DeviceTensor reserve) {
    String operation = "pool forward";
    Require.image(operation, "x", x, pool.inputShape());
    Require.image(operation, "y", y, pool.outputShape());
    if (pool.window().kind() == PoolWindow.Kind.AVERAGE) {
      return bindAverageForward(pool, x, y);
    }
    if (reserve.isPresent()) {
      Require.workspace(operation, reserve, reserveBytes(pool));
    }
    return bindMaxForward(pool, x, y, reserve);
  }

  /**
   * dx[n,c,h,w] = the sum of dy over the windows whose maximum was found at (h,w), or of dy divided
   * by {@link Pool#divisor} over the windows that cover (h,w); in the order of p and then q.
   *
   * @param dy (N,C,P,Q)
   * @param reserve as written by {@link #forward} for the same problem; NONE for AVERAGE
   * @param dx (N,C,H,W), overwritten
   */
  public final Step backward(Pool pool, DeviceTensor dy, DeviceTensor reserve, DeviceTensor dx) {
    String operation = "pool backward";
    Require.image(operation, "dy", dy, pool.outputShape());
    Require.image(operation, "dx", dx, pool.inputShape());
    if (pool.window().kind() == PoolWindow.Kind.AVERAGE) {
      return bindAverageBackward(pool, dy, dx);
    }
    Require.present(operation, "reserve", reserve);
    Require.workspace(operation, reserve, reserveBytes(pool));
    return bindMaxBackward(pool, dy, reserve, dx);
  }

  /** The bytes of the reserve of maximum pooling. */
  protected abstract long maxReserveBytes(Pool pool);

  /** Binds the maxima; the reserve may be absent. */
  protected abstract Step bindMaxForward(
      Pool pool, DeviceTensor x, DeviceTensor y, DeviceTensor reserve);

  /** Binds the gradient of the maxima. */
  protected abstract Step bindMaxBackward(
      Pool pool, DeviceTensor dy, DeviceTensor reserve, DeviceTensor dx);

  /** Binds the means. */
  protected abstract Step bindAverageForward(Pool pool, DeviceTensor x, DeviceTensor y);

  /** Binds the gradient of the means. */
  protected abstract Step bindAverageBackward(Pool pool, DeviceTensor dy, DeviceTensor dx);
}
