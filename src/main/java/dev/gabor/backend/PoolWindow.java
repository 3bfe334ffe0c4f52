package dev.gabor.backend;

/**
 * How a pooling window slides; names, rules and defaults are PyTorch's (MaxPool2d, AvgPool2d).
 * ONNX: MaxPool, AveragePool.
 *
 * @param kind what is taken from a window
 * @param height rows of the window (R)
 * @param width columns of the window (S)
 * @param strideH rows from one window to the next
 * @param strideW columns from one window to the next
 * @param padH rows of padding above and below, at most half the window; never a maximum
 * @param padW columns of padding left and right, at most half the window
 * @param ceilMode whether a last window that sticks out is kept, if it starts inside the image or
 *     its left padding
 * @param countIncludePad whether an average divides by the padded positions too; not read by MAX
 */
public record PoolWindow(
    Kind kind,
    int height,
    int width,
    int strideH,
    int strideW,
    int padH,
    int padW,
    boolean ceilMode,
    boolean countIncludePad) {
  /** What is taken from a window. */
  public enum Kind {
    /** The largest element. */
    MAX,
    /** The mean. */
    AVERAGE
  }

  // What a reserve of two bytes can tell apart.
  private static final long MAX_POSITIONS = 1 << 16;

  /** Checks the geometry. */
  public PoolWindow {
    String operation = "pool window " + height + "×" + width;
    Require.that(height >= 1 && width >= 1, operation, "expected at least 1×1");
    Require.that(
        kind != Kind.MAX || (long) height * width <= MAX_POSITIONS,
        operation,
        "more than " + MAX_POSITIONS + " positions");
    Require.that(
        strideH >= 1 && strideW >= 1,
        operation,
        "stride is " + strideH + "×" + strideW + ", expected at least 1×1");
    Require.that(
        padH >= 0 && padW >= 0 && padH <= height / 2 && padW <= width / 2,
        operation,
        "padding is " + padH + "×" + padW + ", expected at most half the window");
  }

  /** Square windows side by side, without padding: PyTorch's defaults. */
  public static PoolWindow of(Kind kind, int size) {
    return of(kind, size, size);
  }

  /** Windows of height × width side by side, without padding. */
  public static PoolWindow of(Kind kind, int height, int width) {
    return new PoolWindow(kind, height, width, height, width, 0, 0, false, true);
  }

  /** The same window moving by this many rows and columns. */
  public PoolWindow stride(int newStride) {
    return stride(newStride, newStride);
  }

  /** The same window moving by other steps. */
  public PoolWindow stride(int newStrideH, int newStrideW) {
    return new PoolWindow(
        kind, height, width, newStrideH, newStrideW, padH, padW, ceilMode, countIncludePad);
  }

  /** The same window with this much padding on all four sides. */
  public PoolWindow pad(int newPad) {
    return pad(newPad, newPad);
  }

  /** The same window with other padding. */
  public PoolWindow pad(int newPadH, int newPadW) {
    return new PoolWindow(
        kind, height, width, strideH, strideW, newPadH, newPadW, ceilMode, countIncludePad);
  }

  /** The same window, keeping or dropping a last one that sticks out. */
  public PoolWindow ceilMode(boolean newCeilMode) {
    return new PoolWindow(
        kind, height, width, strideH, strideW, padH, padW, newCeilMode, countIncludePad);
  }

  /** The same window, counting padded positions in its mean or not. */
  public PoolWindow countIncludePad(boolean newCountIncludePad) {
    return new PoolWindow(
        kind, height, width, strideH, strideW, padH, padW, ceilMode, newCountIncludePad);
  }
}
