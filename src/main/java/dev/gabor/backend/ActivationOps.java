package dev.gabor.backend;

/**
 * Element-wise activations. ONNX: Relu, LeakyRelu, Sigmoid, Tanh, Elu, Gelu; PyTorch: the functions
 * of the same names.
 */
public abstract class ActivationOps {
  /**
   * y = f(x), element by element.
   *
   * @param x any shape
   * @param y the shape of x, overwritten; may be x itself
   */
  public final Step forward(Activation activation, DeviceTensor x, DeviceTensor y) {
    Require.present("activation forward", "x", x);
    Require.like("activation forward", "y", y, x);
    return bindForward(activation, x, y);
  }

  /**
   * dx = dy f'(x), element by element.
   *
   * @param saved x or y of the forward pass, as {@link Activation#backwardReads()} says
   * @param dy the shape of saved
   * @param dx the shape of saved, overwritten; may be dy itself
   */
  public final Step backward(
      Activation activation, DeviceTensor saved, DeviceTensor dy, DeviceTensor dx) {
    Require.present("activation backward", "saved", saved);
    Require.like("activation backward", "dy", dy, saved);
    Require.like("activation backward", "dx", dx, saved);
    return bindBackward(activation, saved, dy, dx);
  }

  /**
   * y = f(x), element by element, f from user code.
   *
   * @param x any shape
   * @param y the shape of x, overwritten
   */
  public final Step forward(CustomActivation function, DeviceTensor x, DeviceTensor y) {
    String operation = function.name() + " forward";
    Require.present(operation, "x", x);
    Require.like(operation, "y", y, x);
    Require.indexable(operation, "x", x.shape());
    return bindForward(function, x, y);
  }

  /**
   * dx = dy f'(x), element by element, f from user code.
   *
   * @param x of the forward pass
   * @param dy the shape of x
   * @param dx the shape of x, overwritten; may be dy itself
   */
  public final Step backward(
      CustomActivation function, DeviceTensor x, DeviceTensor dy, DeviceTensor dx) {
    String operation = function.name() + " backward";
    Require.present(operation, "x", x);
    Require.like(operation, "dy", dy, x);
    Require.like(operation, "dx", dx, x);
    Require.indexable(operation, "x", x.shape());
    return bindBackward(function, x, dy, dx);
  }

  /** Binds y = f(x). */
  protected abstract Step bindForward(CustomActivation function, DeviceTensor x, DeviceTensor y);

  /** Binds dx = dy f'(x). */
  protected abstract Step bindBackward(
      CustomActivation function, DeviceTensor x, DeviceTensor dy, DeviceTensor dx);

  /** Binds y = f(x). */
  protected abstract Step bindForward(Activation activation, DeviceTensor x, DeviceTensor y);

  /** Binds dx = dy f'(x). */
  protected abstract Step bindBackward(
      Activation activation, DeviceTensor saved, DeviceTensor dy, DeviceTensor dx);
}
