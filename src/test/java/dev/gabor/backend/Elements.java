package dev.gabor.backend;

import static org.assertj.core.api.Assertions.fail;

import dev.gabor.tensor.Tensor;

/** Compares tensors element by element; a failure names the first that differs by its indices. */
public final class Elements {
  private Elements() {}

  /**
   * Fails where |actual - expected| is above bound · (1 + |expected|); NaN equals NaN.
   *
   * @param what the problem, for the message
   * @param bound 0 where elements must be equal
   */
  public static void assertClose(String what, Tensor actual, Tensor expected, float bound) {
    if (!actual.shape().equals(expected.shape())) {
      fail("%s: shape %s, expected %s", what, actual.shape(), expected.shape());
    }
    for (int i = 0; i < expected.data().length; i++) {
      float got = actual.data()[i];
      float wanted = expected.data()[i];
      boolean equal = got == wanted || (Float.isNaN(got) && Float.isNaN(wanted));
      if (!equal && !(Math.abs(got - wanted) <= bound * (1 + Math.abs(wanted)))) {
        fail("%s: element %s is %s, expected %s", what, indices(expected, i), got, wanted);
      }
    }
  }

  private static String indices(Tensor tensor, int element) {
    StringBuilder text = new StringBuilder(")");
    int rest = element;
    for (int axis = tensor.shape().rank() - 1; axis >= 0; axis--) {
      int length = tensor.shape().length(axis);
      text.insert(0, (axis == 0 ? "(" : ",") + rest % length);
      rest /= length;
    }
    return text.toString();
  }
}
