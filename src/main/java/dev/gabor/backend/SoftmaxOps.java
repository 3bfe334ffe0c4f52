package dev.gabor.backend;

/**
 * Softmax over the features of each sample, and its logarithm. The largest feature is subtracted
 * first, so nothing overflows. ONNX: Softmax, LogSoftmax with axis 1; PyTorch: softmax, log_softmax
 * with dim 1.
 */
public abstract class SoftmaxOps {
  /**
   * y_c = exp(x_c) / Σ exp(x).
   *
   * @param x (N,C) plain
   * @param y (N,C), overwritten; may be x itself
   */
  public final Step forward(DeviceTensor x, DeviceTensor y) {
    check("softmax forward", "x", x);
    Require.like("softmax forward", "y", y, x);
    return bindForward(x, y, false);
  }

  /**
   * dx_c = y_c (dy_c - Σ dy y).
   *
   * @param y (N,C) plain, of the forward pass
   * @param dy (N,C)
   * @param dx (N,C), overwritten; may be dy itself
   */
  public final Step backward(DeviceTensor y, DeviceTensor dy, DeviceTensor dx) {
    check("softmax backward", "y", y);
    Require.like("softmax backward", "dy", dy, y);
    Require.like("softmax backward", "dx", dx, y);
    return bindBackward(y, dy, dx, false);
  }

  /**
   * y_c = x_c - log Σ exp(x).
   *
   * @param x (N,C) plain
   * @param y (N,C), overwritten; may be x itself
   */
  public final Step logForward(DeviceTensor x, DeviceTensor y) {
    check("log-softmax forward", "x", x);
    Require.like("log-softmax forward", "y", y, x);
    return bindForward(x, y, true);
  }

  /**
   * dx_c = dy_c - exp(y_c) Σ dy.
   *
   * @param y (N,C) plain, of the forward pass
   * @param dy (N,C)
   * @param dx (N,C), overwritten; may be dy itself
   */
  public final Step logBackward(DeviceTensor y, DeviceTensor dy, DeviceTensor dx) {
    check("log-softmax backward", "y", y);
    Require.like("log-softmax backward", "dy", dy, y);
    Require.like("log-softmax backward", "dx", dx, y);
    return bindBackward(y, dy, dx, true);
  }

  private static void check(String operation, String name, DeviceTensor tensor) {
    Require.present(operation, name, tensor);
    Require.that(
        tensor.shape().rank() == 2 && tensor.layout() == Layout.PLAIN,
        operation,
        name
            + " has shape "
            + tensor.shape()
            + " in layout "
            + tensor.layout()
            + ", expected (N,C) in layout PLAIN");
  }

  /** Binds the softmax or its logarithm. */
  protected abstract Step bindForward(DeviceTensor x, DeviceTensor y, boolean logarithm);

  /** Binds the gradient of the softmax or of its logarithm. */
  protected abstract Step bindBackward(
      DeviceTensor y, DeviceTensor dy, DeviceTensor dx, boolean logarithm);
}
