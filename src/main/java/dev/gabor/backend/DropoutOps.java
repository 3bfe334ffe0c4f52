package dev.gabor.backend;

/**
 * Inverted dropout (Srivastava et al. 2014; PyTorch Dropout and Dropout2d, ONNX Dropout): y = x /
 * (1 − p) where an element is kept, 0 where it is dropped.
 *
 * <p>No mask is stored. The random word of index i is {@code Philox.block(seed, stream(layer), i /
 * 4)[i % 4]}; it keeps what belongs to i if {@code Philox.toUnitFloat(word) >= p}. The index i of
 * an element counts images in (N,H,W,C) order and everything else in row-major order; for channel
 * dropout it is n·C + c. So the mask is fresh in every training step, equal on every backend, and
 * the same in forward and backward of one step.
 */
public abstract class DropoutOps {
  /**
   * y = x · keep / (1 − p).
   *
   * @param random seed and step, read whenever the step runs
   * @param layer the random stream of the layer
   * @param p the probability of dropping, 0 to below 1
   * @param channels whether whole channels (n,c) are dropped instead of elements
   * @param x any shape; (N,C,H,W) or (N,C) if channels are dropped
   * @param y the shape of x, overwritten; may be x itself
   */
  public final Step forward(
      RandomState random, int layer, float p, boolean channels, DeviceTensor x, DeviceTensor y) {
    check("dropout forward", p, channels, "x", x, "y", y);
    return bind(random, layer, p, channels, x, y);
  }

  /**
   * dx = dy · keep / (1 − p), with the mask of the forward pass of the same training step.
   *
   * @param random as given to the forward pass
   * @param layer as given to the forward pass
   * @param p as given to the forward pass
   * @param channels as given to the forward pass
   * @param dy any shape; (N,C,H,W) or (N,C) if channels are dropped
   * @param dx the shape of dy, overwritten; may be dy itself
   */
  public final Step backward(
      RandomState random, int layer, float p, boolean channels, DeviceTensor dy, DeviceTensor dx) {
    check("dropout backward", p, channels, "dy", dy, "dx", dx);
    return bind(random, layer, p, channels, dy, dx);
  }

  /** Refuses a probability outside 0 to below 1. */
  public static void checkProbability(String operation, float p) {
    Require.that(p >= 0 && p < 1, operation, "p is " + p + ", expected 0 to below 1");
  }

  private static void check(
      String operation,
      float p,
      boolean channels,
      String source,
      DeviceTensor from,
      String target,
      DeviceTensor to) {
    checkProbability(operation, p);
    Require.present(operation, source, from);
    int rank = from.shape().rank();
    Require.that(
        !channels || rank == 2 || rank == 4,
        operation,
        source + " has shape " + from.shape() + ", expected (N,C,H,W) or (N,C)");
    Require.that(
        from.layout() == (rank == 4 ? Layout.IMAGE : Layout.PLAIN),
        operation,
        source
            + " "
            + from.shape()
            + " has layout "
            + from.layout()
            + ": images are IMAGE, all"
            + " else PLAIN");
    Require.like(operation, target, to, from);
  }

  /** Binds y = x · keep / (1 − p); the gradient is the same map. */
  protected abstract Step bind(
      RandomState random, int layer, float p, boolean channels, DeviceTensor x, DeviceTensor y);
}
