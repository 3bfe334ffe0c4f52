package dev.gabor.backend;

import dev.gabor.tensor.Shape;

/**
 * The sizes of a 2-D convolution (a cross-correlation, as in ONNX Conv and PyTorch conv2d):
 *
 * <p>y[n,k,p,q] = bias[k] + Σ over c,r,s of x[n, g·C/G + c, p·strideH − padH + r·dilationH,
 * q·strideW − padW + s·dilationW] · weight[k,c,r,s], where g = k / (K/G) is the group of filter k
 * and elements outside the image are 0.
 *
 * @param n images
 * @param c input channels, a multiple of groups
 * @param h input rows
 * @param w input columns
 * @param k filters, a multiple of groups
 * @param r filter rows
 * @param s filter columns
 * @param strideH rows between windows
 * @param strideW columns between windows
 * @param padH rows of zeros above and below
 * @param padW columns of zeros left and right
 * @param dilationH rows between filter elements
 * @param dilationW columns between filter elements
 * @param groups parts into which channels and filters are split; c for depthwise
 */
public record Convolution(
    int n,
    int c,
    int h,
    int w,
    int k,
    int r,
    int s,
    int strideH,
    int strideW,
    int padH,
    int padW,
    int dilationH,
    int dilationW,
    int groups) {

  /** The three passes of training. */
  public enum Pass {
    /** y from x and weight. */
    FORWARD,
    /** dx from dy and weight. */
    BACKWARD_DATA,
    /** dweight from x and dy. */
    BACKWARD_WEIGHT
  }

  /** Checks that all sizes fit together. */
  public Convolution {
    String name = "convolution";
    int smallest = Math.min(Math.min(Math.min(n, c), Math.min(h, w)), Math.min(Math.min(k, r), s));
    Require.that(smallest >= 1, name, "every size must be at least 1, found " + smallest);
    Require.that(
        strideH >= 1 && strideW >= 1,
        name,
        "stride " + strideH + "×" + strideW + " must be at least 1");
    Require.that(
        padH >= 0 && padW >= 0, name, "padding " + padH + "×" + padW + " must be at least 0");
    Require.that(
        dilationH >= 1 && dilationW >= 1,
        name,
        "dilation " + dilationH + "×" + dilationW + " must be at least 1");
    Require.that(
        groups >= 1 && c % groups == 0 && k % groups == 0,
        name,
        c + " channels and " + k + " filters do not divide into " + groups + " groups");
    Require.that(
        outputLength(h, r, strideH, padH, dilationH) >= 1
            && outputLength(w, s, strideW, padW, dilationW) >= 1,
        name,
        "a filter of "
            + r
            + "×"
            + s
            + " with dilation "
            + dilationH
            + "×"
            + dilationW
            + " does not fit an image of "
            + h
            + "×"
            + w
            + " with padding "
            + padH
            + "×"
            + padW);
    long largest = Math.max((long) n * c * h * w, (long) k * (c / groups) * r * s);
    Require.that(
        largest <= Integer.MAX_VALUE,
        name,
        "a tensor of " + largest + " elements is too large for one launch");
  }

  /** A convolution with the same stride, padding and dilation in rows and columns. */
  public static Convolution of(
      int n,
      int c,
      int h,
      int w,
      int k,
      int r,
      int s,
      int stride,
      int pad,
      int dilation,
      int groups) {
    return new Convolution(
        n, c, h, w, k, r, s, stride, stride, pad, pad, dilation, dilation, groups);
  }

  /** A dense layer as a convolution of 1×1 on images of 1×1. */
  public static Convolution dense(int n, int c, int k) {
    return of(n, c, 1, 1, k, 1, 1, 1, 0, 1, 1);
  }

  /** The same convolution on another number of images. */
  public Convolution withBatch(int images) {
    return new Convolution(
        images, c, h, w, k, r, s, strideH, strideW, padH, padW, dilationH, dilationW, groups);
  }

  /** Output rows: floor((h + 2 padH − dilationH (r − 1) − 1) / strideH) + 1. */
  public int p() {
    return outputLength(h, r, strideH, padH, dilationH);
  }

  /** Output columns: floor((w + 2 padW − dilationW (s − 1) − 1) / strideW) + 1. */
  public int q() {
    return outputLength(w, s, strideW, padW, dilationW);
  }

  /** Input channels that one filter sees. */
  public int groupChannels() {
    return c / groups;
  }

  /** Filters of one group. */
  public int groupFilters() {
    return k / groups;
  }

  /** (N,C,H,W). */
  public Shape xShape() {
    return Shape.of(n, c, h, w);
  }

  /** (K,C/groups,R,S). */
  public Shape weightShape() {
    return Shape.of(k, c / groups, r, s);
  }

  /** (N,K,P,Q). */
  public Shape yShape() {
    return Shape.of(n, k, p(), q());
  }

  /** The multiply-adds of any of the three passes by the direct algorithm, padding included. */
  public long multiplyAdds() {
    return (long) n * k * p() * q() * groupChannels() * r * s;
  }

  private static int outputLength(int length, int filter, int stride, int pad, int dilation) {
    return Math.floorDiv(length + 2 * pad - dilation * (filter - 1) - 1, stride) + 1;
  }

  /**
   * One line that names the problem: {@code N,C,H,W,K,R,S,stride,pad,dilation,groups}; unequal
   * pairs as {@code 1x2}.
   */
  @Override
  public String toString() {
    return String.join(
        ",",
        Integer.toString(n),
        Integer.toString(c),
        Integer.toString(h),
        Integer.toString(w),
        Integer.toString(k),
        Integer.toString(r),
        Integer.toString(s),
        pair(strideH, strideW),
        pair(padH, padW),
        pair(dilationH, dilationW),
        Integer.toString(groups));
  }

  private static String pair(int rows, int columns) {
    return rows == columns ? Integer.toString(rows) : rows + "x" + columns;
  }
}
