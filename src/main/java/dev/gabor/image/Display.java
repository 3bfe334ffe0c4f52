package dev.gabor.image;

import dev.gabor.tensor.Tensor;

/** Values that can be seen: whole numbers from 0 (black) to 255 (white). */
public final class Display {
  private static final float WHITE = 255;
  private static final float MIDDLE_GREY = 128;
  private static final double NOTHING = 1e-4;

  private Display() {}

  /**
   * Makes values with a sign visible: 0 becomes middle grey (128), and the largest, of either sign,
   * 127 steps from it. Values of 0 alone are middle grey.
   *
   * @param values any shape; not modified
   * @return whole numbers from 1 to 255, the same shape
   */
  public static Tensor signed(Tensor values) {
    return scaled(values, MIDDLE_GREY, WHITE - MIDDLE_GREY);
  }

  /**
   * Makes values of 0 and above visible: 0 becomes black and the largest white.
   *
   * @param values any shape; not modified
   * @return whole numbers from 0 to 255, the same shape; what is below 0 is black
   */
  public static Tensor positive(Tensor values) {
    return scaled(values, 0, WHITE);
  }

  private static Tensor scaled(Tensor values, float zero, float most) {
    float largest = 0;
    for (float value : values.data()) {
      largest = Math.max(largest, Math.abs(value));
    }
    Tensor shown = Tensor.zeros(values.shape());
    for (int i = 0; i < shown.data().length; i++) {
      float part = largest == 0 ? 0 : values.data()[i] / largest;
      shown.data()[i] = Math.max(0, Math.round(zero + most * part));
    }
    return shown;
  }

  /**
   * Makes a filtered image visible. Where the weights of the kernel sum to 0, results have a sign:
   * 0 becomes middle grey (128) and the largest results that the kernel can give become black and
   * white. Else values below 0 become black and those above 255 white.
   *
   * @param filtered the result for an image of values from 0 to 255; not modified
   * @return whole numbers from 0 to 255, the same shape
   */
  public static Tensor of(FilterKernel kernel, Tensor filtered) {
    boolean signed = Math.abs(kernel.sum()) < NOTHING * kernel.positiveSum();
    float scale = signed ? (float) (0.5 / kernel.positiveSum()) : 1;
    float middle = signed ? MIDDLE_GREY : 0;
    Tensor shown = Tensor.zeros(filtered.shape());
    for (int i = 0; i < shown.data().length; i++) {
      float value = Math.round(middle + scale * filtered.data()[i]);
      shown.data()[i] = Math.max(0, Math.min(WHITE, value));
    }
    return shown;
  }
}
