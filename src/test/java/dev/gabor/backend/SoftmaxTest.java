package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SoftmaxTest {
  private static final int[][] SHAPES = {{1, 1}, {1, 33}, {7, 13}, {33, 10}, {3, 1001}};

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void equalsHandNumbersAndStaysFinite(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      Tensor x = Tensor.of(Shape.of(2, 3), 1, 2, 3, 1e4f, -1e4f, 1e4f);
      double[] expected = {0.09003057, 0.24472847, 0.66524096, 0.5, 0, 0.5};
      double[] logarithms = {
        -2.40760596, -1.40760596, -0.40760596, -Math.log(2), -2e4 - Math.log(2), -Math.log(2)
      };
      DeviceTensor y = scratch.put(x);
      DeviceTensor log = scratch.put(x);
      scratch.run(scratch.backend().softmax().forward(y, y));
      scratch.run(scratch.backend().softmax().logForward(log, log));
      for (int i = 0; i < expected.length; i++) {
        assertThat((double) scratch.get(y).data()[i]).isCloseTo(expected[i], within(1e-7));
        assertThat((double) scratch.get(log).data()[i])
            .isCloseTo(logarithms[i], within(1e-6 + 1e-7 * Math.abs(logarithms[i])));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void equalsDoubleArithmeticAndItsCentralDifferences(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      SoftmaxOps ops = scratch.backend().softmax();
      for (int[] lengths : SHAPES) {
        Tensor x = Scratch.random(Shape.of(lengths), 1);
        Tensor slopes = Scratch.random(x.shape(), 2);
        for (boolean logarithm : new boolean[] {false, true}) {
          DeviceTensor y = scratch.empty(x.shape(), Layout.PLAIN);
          DeviceTensor dy = scratch.put(slopes);
          DeviceTensor dx = scratch.empty(x.shape(), Layout.PLAIN);
          scratch.run(
              logarithm ? ops.logForward(scratch.put(x), y) : ops.forward(scratch.put(x), y));
          scratch.run(logarithm ? ops.logBackward(y, dy, dx) : ops.backward(y, dy, dx));
          compare(x, slopes, logarithm, scratch.get(y).data(), scratch.get(dx).data());
          float[] apart = scratch.get(dx).data();
          scratch.run(logarithm ? ops.logBackward(y, dy, dy) : ops.backward(y, dy, dy));
          assertThat(scratch.get(dy).data()).as("in place, same bits").isEqualTo(apart);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void rowsTooLongToBeKeptAreAsRight(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      for (int features : new int[] {2048, 2052, 4096, 4100}) {
        expectRowsInPlace(scratch, Scratch.random(Shape.of(2, features), 1));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void manyRowsAreAsRightAndANanStaysInItsOwn(Backends.Opener opener) {
    int[][] shapes = {{32, 16}, {43, 17}, {67, 31}, {130, 47}, {40, 1000}, {41, 2048}, {40, 2049}};
    try (Scratch scratch = new Scratch(opener.open())) {
      for (int[] lengths : shapes) {
        Tensor x = Scratch.random(Shape.of(lengths), 1);
        x.data()[9 * lengths[1] + lengths[1] / 2] = Float.NaN;
        expectRowsInPlace(scratch, x);
      }
    }
  }

  private static void expectRowsInPlace(Scratch scratch, Tensor x) {
    SoftmaxOps ops = scratch.backend().softmax();
    for (boolean logarithm : new boolean[] {false, true}) {
      DeviceTensor y = scratch.put(x);
      scratch.run(logarithm ? ops.logForward(y, y) : ops.forward(y, y));
      float[] actual = scratch.get(y).data();
      for (int n = 0; n < x.shape().length(0); n++) {
        double[] expected = softmax(row(x, n), logarithm);
        for (int c = 0; c < expected.length; c++) {
          double value = actual[n * expected.length + c];
          if (Double.isNaN(expected[c])) {
            assertThat(value).as("[%d,%d] of %s", n, c, x.shape()).isNaN();
          } else {
            assertThat(value)
                .as("[%d,%d] of %s", n, c, x.shape())
                .isCloseTo(expected[c], within(3e-6 * Math.abs(expected[c])));
          }
        }
      }
    }
  }

  private static double[] row(Tensor x, int n) {
    double[] row = new double[x.shape().length(1)];
    for (int c = 0; c < row.length; c++) {
      row[c] = x.data()[n * row.length + c];
    }
    return row;
  }

  private static void compare(Tensor x, Tensor slopes, boolean logarithm, float[] y, float[] dx) {
    int features = x.shape().length(1);
    double h = 1e-5;
    for (int n = 0; n < x.shape().length(0); n++) {
      double[] row = row(x, n);
      double[] expected = softmax(row, logarithm);
      for (int c = 0; c < features; c++) {
        assertThat((double) y[n * features + c])
            .isCloseTo(expected[c], within(2e-6 * Math.abs(expected[c]) + 1e-7));
        double there = row[c];
        row[c] = there + h;
        double above = weighted(softmax(row, logarithm), slopes, n);
        row[c] = there - h;
        double slope = (above - weighted(softmax(row, logarithm), slopes, n)) / (2 * h);
        row[c] = there;
        assertThat((double) dx[n * features + c])
            .as("[%d,%d] of %s", n, c, x.shape())
            .isCloseTo(slope, within(1e-5 * Math.abs(slope) + 1e-6));
      }
    }
  }

  private static double weighted(double[] y, Tensor slopes, int n) {
    double sum = 0;
    for (int c = 0; c < y.length; c++) {
      sum += y[c] * slopes.data()[n * y.length + c];
    }
    return sum;
  }

  private static double[] softmax(double[] x, boolean logarithm) {
    double sum = 0;
    for (double each : x) {
      sum += Math.exp(each);
    }
    double[] y = new double[x.length];
    for (int c = 0; c < x.length; c++) {
      y[c] = logarithm ? x[c] - Math.log(sum) : Math.exp(x[c]) / sum;
    }
    return y;
  }

  @Test
  void refusesOtherShapes() {
    try (Scratch scratch = new Scratch(new ReferenceBackend())) {
      SoftmaxOps ops = scratch.backend().softmax();
      DeviceTensor x = scratch.put(Tensor.zeros(2, 3));
      DeviceTensor other = scratch.put(Tensor.zeros(3, 2));
      DeviceTensor image = scratch.put(Tensor.zeros(2, 3, 1, 1), Layout.IMAGE);
      assertThatThrownBy(() -> ops.forward(x, other))
          .hasMessage("softmax forward: y has shape (3,2), expected (2,3)");
      assertThatThrownBy(() -> ops.logBackward(x, other, x))
          .hasMessage("log-softmax backward: dy has shape (3,2), expected (2,3)");
      assertThatThrownBy(() -> ops.backward(x, x, other))
          .hasMessage("softmax backward: dx has shape (3,2), expected (2,3)");
      assertThatThrownBy(() -> ops.forward(image, image))
          .hasMessage(
              "softmax forward: x has shape (2,3,1,1) in layout IMAGE, expected (N,C) in layout"
                  + " PLAIN");
    }
  }
}
