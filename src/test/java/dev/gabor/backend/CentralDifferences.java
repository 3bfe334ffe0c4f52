package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.tensor.Tensor;
import java.util.function.DoubleSupplier;

/** Gradients of L = Σ dy y against five-point central differences. */
final class CentralDifferences {
  /** By how much an element is moved, twice, to either side. */
  static final float STEP = 0x1p-6f;

  private CentralDifferences() {}

  /** L, of all that the operator gives. */
  static double loss(Tensor dy, Tensor y) {
    double sum = 0;
    for (int i = 0; i < y.data().length; i++) {
      sum += (double) dy.data()[i] * y.data()[i];
    }
    return sum;
  }

  /**
   * Checks dL/dinput, element by element.
   *
   * @param input moved, and moved back
   * @param loss L with the input as it is
   */
  static void check(Tensor input, Tensor gradient, DoubleSupplier loss, String as) {
    float[] data = input.data();
    for (int i = 0; i < data.length; i++) {
      float centre = data[i];
      double[] losses = new double[5];
      for (int k = -2; k <= 2; k++) {
        data[i] = centre + k * STEP;
        losses[k + 2] = loss.getAsDouble();
      }
      data[i] = centre;
      double slope = (losses[0] - 8 * losses[1] + 8 * losses[3] - losses[4]) / (12 * STEP);
      assertThat((double) gradient.data()[i])
          .as("%s, element %d", as, i)
          .isCloseTo(slope, within(4e-4));
    }
  }
}
