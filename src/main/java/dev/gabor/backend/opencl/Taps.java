package dev.gabor.backend.opencl;

/**
 * One axis of a correlation: output element i of {@code count}, which lies at {@code start + i ·
 * step}, reads under tap t of {@code taps} the input element {@code i · inputStep + inputStart + t
 * · inputTap}, and filter element {@code first + t · filterStep}.
 */
record Taps(
    int count,
    int start,
    int step,
    int taps,
    int first,
    int filterStep,
    int inputStep,
    int inputStart,
    int inputTap) {

  /** Forward: every output, the whole filter. */
  static Taps forward(int outputs, int filter, int stride, int pad, int dilation) {
    return new Taps(outputs, 0, 1, filter, 0, 1, stride, -pad, dilation);
  }

  /**
   * Backward-data for the elements of dx with one remainder by the stride: dx[remainder + i·stride]
   * receives dy[o] under filter element r where remainder + i·stride + pad − r·dilation = o·stride.
   * Such r form an arithmetic progression.
   */
  static Taps backward(int remainder, int length, int filter, int stride, int pad, int dilation) {
    int count = (length - remainder + stride - 1) / stride;
    int first = 0;
    while (first < filter && Math.floorMod(remainder + pad - first * dilation, stride) != 0) {
      first++;
    }
    int filterStep = stride / greatestCommonDivisor(stride, dilation);
    int taps = first >= filter ? 0 : (filter - first + filterStep - 1) / filterStep;
    int inputStart = taps == 0 ? 0 : (remainder + pad - first * dilation) / stride;
    return new Taps(
        count,
        remainder,
        stride,
        taps,
        first,
        filterStep,
        1,
        inputStart,
        -(filterStep * dilation / stride));
  }

  private static int greatestCommonDivisor(int a, int b) {
    return b == 0 ? a : greatestCommonDivisor(b, a % b);
  }
}
