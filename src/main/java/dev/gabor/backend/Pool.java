package dev.gabor.backend;

import dev.gabor.tensor.Shape;

/**
 * A pooling problem: a window over images (N,C,H,W).
 *
 * @param window how the window slides
 * @param n images
 * @param c channels
 * @param h rows
 * @param w columns
 */
public record Pool(PoolWindow window, int n, int c, int h, int w) {
  /** Checks that a window fits and that no tensor has more than 2^31 - 1 elements. */
  public Pool {
    fits("rows", h, window.height(), window.padH());
    fits("columns", w, window.width(), window.padW());
    Require.indexable("pool", "x", Shape.of(n, c, h, w));
    Require.indexable("pool", "y", outputShape(window, n, c, h, w));
  }

  /** The problem of one window as large as the image: global pooling. */
  public static Pool global(PoolWindow.Kind kind, int n, int c, int h, int w) {
    return new Pool(PoolWindow.of(kind, h, w), n, c, h, w);
  }

  /** Output rows. */
  public int p() {
    return outputLength(h, window.height(), window.strideH(), window.padH(), window.ceilMode());
  }

  /** Output columns. */
  public int q() {
    return outputLength(w, window.width(), window.strideW(), window.padW(), window.ceilMode());
  }

  /** (N,C,H,W). */
  public Shape inputShape() {
    return Shape.of(n, c, h, w);
  }

  /** (N,C,P,Q). */
  public Shape outputShape() {
    return outputShape(window, n, c, h, w);
  }

  /**
   * The number by which an average divides. Where countIncludePad holds, positions count up to the
   * end of the padding, but not beyond, where ceil mode lets a window stick out.
   *
   * @param outputRow p
   * @param outputColumn q
   */
  public int divisor(int outputRow, int outputColumn) {
    return extent(outputRow, h, window.height(), window.strideH(), window.padH())
        * extent(outputColumn, w, window.width(), window.strideW(), window.padW());
  }

  private int extent(int output, int length, int size, int stride, int pad) {
    int counted = window.countIncludePad() ? pad : 0;
    int start = output * stride - pad;
    return Math.min(start + size, length + counted) - Math.max(start, -counted);
  }

  private static Shape outputShape(PoolWindow window, int n, int c, int h, int w) {
    boolean ceil = window.ceilMode();
    return Shape.of(
        n,
        c,
        outputLength(h, window.height(), window.strideH(), window.padH(), ceil),
        outputLength(w, window.width(), window.strideW(), window.padW(), ceil));
  }

  private static int outputLength(int length, int size, int stride, int pad, boolean ceil) {
    int span = length + 2 * pad - size;
    boolean sticksOut = ceil && span % stride != 0;
    int windows = span / stride + (sticksOut ? 2 : 1);
    boolean startsBehind = sticksOut && (windows - 1L) * stride >= length + pad;
    return startsBehind ? windows - 1 : windows;
  }

  private static void fits(String axis, int length, int size, int pad) {
    Require.that(
        size <= length + 2 * pad,
        "pool",
        "a window of "
            + size
            + " "
            + axis
            + " does not fit into "
            + length
            + " with padding "
            + pad);
  }
}
