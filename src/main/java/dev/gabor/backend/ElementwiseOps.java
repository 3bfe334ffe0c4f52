package dev.gabor.backend;

/** Arithmetic on tensors of one shape. ONNX: Add, Mul. */
public abstract class ElementwiseOps {
  /**
   * y = a + b.
   *
   * @param a any shape
   * @param b the shape of a
   * @param y the shape of a, overwritten; may be a or b itself
   */
  public final Step add(DeviceTensor a, DeviceTensor b, DeviceTensor y) {
    check("add", a, b, y);
    return bindAdd(a, b, y);
  }

  /**
   * y = a b, element by element. Its gradients are products too: da = dy b, db = dy a.
   *
   * @param a any shape
   * @param b the shape of a
   * @param y the shape of a, overwritten; may be a or b itself
   */
  public final Step multiply(DeviceTensor a, DeviceTensor b, DeviceTensor y) {
    check("multiply", a, b, y);
    return bindMultiply(a, b, y);
  }

  private static void check(String operation, DeviceTensor a, DeviceTensor b, DeviceTensor y) {
    Require.present(operation, "a", a);
    Require.like(operation, "b", b, a);
    Require.like(operation, "y", y, a);
  }

  /** Binds y = a + b. */
  protected abstract Step bindAdd(DeviceTensor a, DeviceTensor b, DeviceTensor y);

  /** Binds y = a b. */
  protected abstract Step bindMultiply(DeviceTensor a, DeviceTensor b, DeviceTensor y);
}
