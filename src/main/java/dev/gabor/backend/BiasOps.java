package dev.gabor.backend;

import dev.gabor.tensor.Shape;

/** One number a channel, added to images (N,C,H,W) or features (N,C). */
public abstract class BiasOps {
  /**
   * y[n,c,h,w] = x[n,c,h,w] + bias[c].
   *
   * @param x (N,C,H,W) or (N,C)
   * @param bias (C)
   * @param y the shape of x, overwritten; may be x itself
   */
  public final Step forward(DeviceTensor x, DeviceTensor bias, DeviceTensor y) {
    checkImage("bias forward", "x", x);
    Require.shape("bias forward", "bias", bias, Shape.of(x.shape().length(1)));
    Require.like("bias forward", "y", y, x);
    return bindForward(x, bias, y);
  }

  /**
   * dbias[c] = Σ dy[n,c,h,w] over n,h,w.
   *
   * @param dy (N,C,H,W) or (N,C)
   * @param dbias (C), overwritten
   * @param workspace at least {@link #workspaceBytes}, or none
   */
  public final Step backward(DeviceTensor dy, DeviceTensor dbias, DeviceTensor workspace) {
    checkImage("bias backward", "dy", dy);
    Require.shape("bias backward", "dbias", dbias, Shape.of(dy.shape().length(1)));
    Require.workspace("bias backward", workspace, workspaceBytes(dy.shape()));
    return bindBackward(dy, dbias, workspace);
  }

  /** The scratch bytes that {@link #backward} needs for dy of this shape. */
  public abstract long workspaceBytes(Shape shape);

  private static void checkImage(String operation, String name, DeviceTensor tensor) {
    Require.present(operation, name, tensor);
    int rank = tensor.shape().rank();
    Require.that(
        rank == 2 || rank == 4,
        operation,
        name + " has shape " + tensor.shape() + ", expected (N,C,H,W) or (N,C)");
  }

  /** Binds y = x + bias. */
  protected abstract Step bindForward(DeviceTensor x, DeviceTensor bias, DeviceTensor y);

  /** Binds dbias = Σ dy. */
  protected abstract Step bindBackward(DeviceTensor dy, DeviceTensor dbias, DeviceTensor workspace);
}
