package dev.gabor.backend;

import dev.gabor.tensor.Shape;

/**
 * Elements moved, not computed: channel ranges, flattening, borders. ONNX: Concat, Slice, Flatten,
 * Pad.
 */
public abstract class RearrangeOps {
  /**
   * y[n,first+c,h,w] = x[n,c,h,w]: one part of a concatenation. The other channels of y stay as
   * they are.
   *
   * @param x (N,C,H,W), or (N,C)
   * @param y (N,K,H,W), or (N,K), with K ≥ first + C; channels first to first + C overwritten
   * @param first the channel of y where x begins
   */
  public final Step putChannels(DeviceTensor x, DeviceTensor y, int first) {
    checkRange("put channels", "y", y, first, "x", x);
    return bindCopyChannels(x, 0, y, first, x.shape().length(1));
  }

  /**
   * x[n,c,h,w] = y[n,first+c,h,w]: the gradient of {@link #putChannels}, and a slice of channels.
   *
   * @param y (N,K,H,W), or (N,K), with K ≥ first + C
   * @param x (N,C,H,W), or (N,C), overwritten
   * @param first the channel of y where x begins
   */
  public final Step takeChannels(DeviceTensor y, DeviceTensor x, int first) {
    checkRange("take channels", "y", y, first, "x", x);
    return bindCopyChannels(y, first, x, 0, x.shape().length(1));
  }

  /**
   * y[n,(c·H+h)·W+w] = x[n,c,h,w].
   *
   * @param x (N,C,H,W)
   * @param y (N,C·H·W) features, overwritten
   */
  public final Step flatten(DeviceTensor x, DeviceTensor y) {
    checkFlatten("flatten", x, y);
    return bindFlatten(x, y);
  }

  /**
   * x[n,c,h,w] = y[n,(c·H+h)·W+w]: the gradient of {@link #flatten}.
   *
   * @param y (N,C·H·W) features
   * @param x (N,C,H,W), overwritten
   */
  public final Step unflatten(DeviceTensor y, DeviceTensor x) {
    checkFlatten("unflatten", x, y);
    return bindUnflatten(y, x);
  }

  /**
   * y = x with borders.
   *
   * @param x (N,C,H,W)
   * @param y (N,C,H+top+bottom,W+left+right), overwritten
   */
  public final Step pad(Padding padding, DeviceTensor x, DeviceTensor y) {
    checkPad("pad", padding, "x", x, "y", y);
    return bindPad(padding, x, y);
  }

  /**
   * dx[n,c,h,w] = the sum of dy over all places that were given x[n,c,h,w], in the order of rows
   * and then columns.
   *
   * @param dy (N,C,H+top+bottom,W+left+right)
   * @param dx (N,C,H,W), overwritten
   */
  public final Step padBackward(Padding padding, DeviceTensor dy, DeviceTensor dx) {
    checkPad("pad backward", padding, "dx", dx, "dy", dy);
    return bindPadBackward(padding, dy, dx);
  }

  private static void checkRange(
      String operation,
      String name,
      DeviceTensor whole,
      int first,
      String partName,
      DeviceTensor part) {
    Require.present(operation, name, whole);
    Require.present(operation, partName, part);
    int[] expected = part.shape().toArray();
    Require.that(
        expected.length == 2 || expected.length == 4,
        operation,
        partName + " has shape " + part.shape() + ", expected (N,C,H,W) or (N,C)");
    Require.that(
        whole.shape().rank() == expected.length
            && first >= 0
            && first <= whole.shape().length(1) - expected[1],
        operation,
        "%s of shape %s does not fit at channel %d into %s of shape %s"
            .formatted(partName, part.shape(), first, name, whole.shape()));
    expected[1] = whole.shape().length(1);
    Require.shape(operation, name, whole, Shape.of(expected));
    Require.layout(operation, partName, part, whole.layout());
    Require.that(
        whole.layout() != Layout.FILTER && (whole.layout() == Layout.IMAGE || expected.length == 2),
        operation,
        name + " has layout " + whole.layout() + ", expected images or features");
    Require.indexable(operation, name, whole.shape());
  }

  private static void checkFlatten(String operation, DeviceTensor x, DeviceTensor y) {
    Require.present(operation, "x", x);
    Require.that(
        x.shape().rank() == 4, operation, "x has shape " + x.shape() + ", expected (N,C,H,W)");
    Require.layout(operation, "x", x, Layout.IMAGE);
    Require.indexable(operation, "x", x.shape());
    int n = x.shape().length(0);
    Require.shape(operation, "y", y, Shape.of(n, x.shape().arrayLength() / n));
    Require.layout(operation, "y", y, Layout.PLAIN);
  }

  private static void checkPad(
      String operation,
      Padding padding,
      String inner,
      DeviceTensor x,
      String outer,
      DeviceTensor y) {
    Require.present(operation, inner, x);
    Require.that(
        x.shape().rank() == 4,
        operation,
        inner + " has shape " + x.shape() + ", expected (N,C,H,W)");
    Require.layout(operation, inner, x, Layout.IMAGE);
    Require.image(operation, outer, y, padding.outputShape(x.shape()));
    Require.indexable(operation, outer, y.shape());
  }

  /** Binds the copy of channels; x and y are both images or both features. */
  protected abstract Step bindCopyChannels(
      DeviceTensor x, int firstOfX, DeviceTensor y, int firstOfY, int channels);

  /** Binds y = x in canonical order. */
  protected abstract Step bindFlatten(DeviceTensor x, DeviceTensor y);

  /** Binds x = y from canonical order. */
  protected abstract Step bindUnflatten(DeviceTensor y, DeviceTensor x);

  /** Binds y = x with borders. */
  protected abstract Step bindPad(Padding padding, DeviceTensor x, DeviceTensor y);

  /** Binds the gradient of padding. */
  protected abstract Step bindPadBackward(Padding padding, DeviceTensor dy, DeviceTensor dx);
}
