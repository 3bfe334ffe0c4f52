package dev.gabor.backend;

import dev.gabor.tensor.Shape;

/**
 * The sizes and settings of a batch normalisation with a ReLU and maximum pooling behind it, in
 * training: what {@link BatchNormOps} and {@link PoolOps} do one after the other, without the
 * tensor between them. Windows lie side by side.
 *
 * @param norm with a ReLU and without a residual, over images of h·w pixels
 * @param window see {@link #fits}
 * @param h rows of x
 * @param w columns of x
 */
public record BatchNormPool(BatchNorm norm, PoolWindow window, int h, int w) {
  /** Larger windows leave little to save. */
  private static final int MOST_PIXELS = 16;

  /** Checks that the two fit together. */
  public BatchNormPool {
    Require.that(
        norm.relu() && !norm.residual(),
        "batch-norm with pooling",
        "expected a batch-norm with a ReLU and no residual");
    Require.that(
        fits(window),
        "batch-norm with pooling",
        "expected a maximum over windows side by side, without padding, of at most "
            + MOST_PIXELS
            + " pixels");
    Require.that(
        h >= 1 && w >= 1 && norm.area() == Math.multiplyFull(h, w),
        "batch-norm with pooling",
        "h, w are " + h + ", " + w + ", expected a product of " + norm.area());
  }

  /** Whether a window can be had: a maximum, as far apart as it is large, unpadded, small. */
  public static boolean fits(PoolWindow window) {
    return window.kind() == PoolWindow.Kind.MAX
        && window.strideH() == window.height()
        && window.strideW() == window.width()
        && window.padH() == 0
        && window.padW() == 0
        && window.height() * window.width() <= MOST_PIXELS;
  }

  /** The pooling by itself. */
  public Pool pool() {
    return new Pool(window, norm.n(), norm.c(), h, w);
  }

  /** (N,C,H,W). */
  public Shape inputShape() {
    return pool().inputShape();
  }

  /** (N,C,P,Q). */
  public Shape outputShape() {
    return pool().outputShape();
  }
}
