package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every algorithm of every backend against the formula written out as seven loops in double. */
class ConvolutionTest {
  private static Stream<Convolution> problems() {
    return Stream.of(
        Convolution.of(1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1),
        Convolution.of(2, 3, 7, 13, 5, 3, 3, 1, 1, 1, 1),
        Convolution.of(1, 17, 33, 7, 33, 3, 3, 1, 1, 1, 1),
        Convolution.of(3, 16, 14, 14, 32, 3, 3, 2, 1, 1, 1),
        Convolution.of(2, 4, 11, 9, 8, 5, 5, 3, 2, 1, 1),
        Convolution.of(2, 8, 9, 9, 12, 3, 3, 1, 2, 2, 4),
        Convolution.of(2, 34, 9, 7, 64, 3, 3, 1, 1, 1, 2),
        Convolution.of(3, 48, 6, 5, 96, 3, 3, 1, 1, 1, 3),
        Convolution.of(2, 6, 10, 8, 6, 3, 3, 2, 1, 1, 6),
        Convolution.of(2, 33, 9, 12, 33, 3, 3, 1, 1, 1, 33),
        Convolution.of(1, 5, 8, 8, 10, 3, 3, 1, 0, 1, 5),
        Convolution.of(4, 20, 6, 6, 40, 1, 1, 1, 0, 1, 1),
        Convolution.of(2, 12, 7, 7, 19, 1, 1, 2, 0, 1, 1),
        Convolution.of(1, 3, 30, 31, 18, 7, 7, 2, 3, 1, 1),
        Convolution.of(1, 2, 5, 5, 3, 2, 2, 3, 4, 1, 1),
        Convolution.of(1, 1, 1, 1, 1, 3, 3, 1, 1, 1, 1),
        Convolution.of(1, 7, 2, 3, 16, 3, 3, 1, 2, 1, 1),
        Convolution.of(2, 16, 4, 5, 17, 3, 3, 1, 0, 1, 1),
        Convolution.of(1, 33, 13, 33, 100, 3, 3, 1, 0, 1, 1),
        Convolution.of(2, 100, 7, 5, 7, 3, 3, 1, 2, 1, 1),
        Convolution.of(1, 3, 33, 33, 1, 3, 3, 1, 3, 1, 1),
        Convolution.of(3, 64, 14, 14, 48, 3, 3, 1, 1, 1, 1),
        Convolution.of(2, 3, 99, 91, 2, 3, 3, 1, 1, 1, 1),
        // Weights so large and tiles so few that Winograd transforms them as they are needed.
        Convolution.of(2, 250, 5, 6, 260, 3, 3, 1, 1, 1, 1),
        // So many filters that it does this for 30 channels at a time.
        Convolution.of(1, 50, 4, 4, 530, 3, 3, 1, 1, 1, 1),
        // So few still, but shared by the cores; and so many that it transforms them beforehand.
        Convolution.of(5, 70, 22, 21, 36, 3, 3, 1, 1, 1, 1),
        Convolution.of(9, 36, 22, 21, 52, 3, 3, 1, 1, 1, 1),
        Convolution.of(1, 1, 1, 1, 1, 5, 5, 1, 2, 1, 1),
        Convolution.of(2, 3, 7, 13, 5, 5, 5, 1, 2, 1, 1),
        Convolution.of(1, 17, 8, 5, 33, 5, 5, 1, 0, 1, 1),
        Convolution.of(1, 100, 6, 7, 7, 5, 5, 1, 1, 1, 1),
        Convolution.of(2, 7, 3, 4, 100, 5, 5, 1, 3, 1, 1),
        Convolution.of(3, 17, 5, 4, 33, 5, 5, 1, 4, 1, 1),
        Convolution.of(1, 250, 2, 3, 260, 5, 5, 1, 2, 1, 1),
        new Convolution(2, 5, 3, 9, 18, 3, 3, 1, 1, 2, 0, 1, 1, 1),
        Convolution.of(1, 32, 5, 4, 32, 5, 5, 1, 2, 1, 2),
        new Convolution(2, 5, 1, 12, 7, 5, 5, 1, 1, 4, 1, 1, 1, 1),
        new Convolution(2, 3, 6, 15, 7, 1, 7, 1, 2, 0, 3, 1, 1, 1),
        new Convolution(1, 4, 12, 7, 6, 4, 2, 2, 1, 3, 0, 1, 3, 2),
        Convolution.dense(33, 50, 10),
        Convolution.dense(21, 128, 300),
        Convolution.dense(21, 144, 48),
        Convolution.dense(34, 96, 64),
        Convolution.dense(1, 7, 1));
  }

  @ParameterizedTest
  @MethodSource("problems")
  void everyAlgorithmEqualsTheFormula(Convolution c) {
    Tensor x = Scratch.integers(c.xShape(), 1);
    Tensor weight = Scratch.integers(c.weightShape(), 2);
    Tensor bias = Scratch.integers(Shape.of(c.k()), 3);
    Tensor dy = Scratch.integers(c.yShape(), 4);
    double[] y = new double[(int) c.yShape().size()];
    double[] dx = new double[(int) c.xShape().size()];
    double[] dw = new double[(int) c.weightShape().size()];
    formula(c, x.data(), weight.data(), bias.data(), dy.data(), y, dx, dw);
    Backends.all()
        .forEach(
            named -> {
              try (Scratch scratch = new Scratch(named.getPayload().open())) {
                String on = named.getName() + ", " + c + ", ";
                for (String algorithm :
                    scratch.backend().convolution().algorithms(c, Pass.FORWARD)) {
                  double bound = bound(algorithm, c.c() * c.r() * c.s());
                  Tensor actual = forward(scratch, c, algorithm, x, weight, bias);
                  assertWithin(on + algorithm, actual, y, bound);
                }
                for (String algorithm :
                    scratch.backend().convolution().algorithms(c, Pass.BACKWARD_DATA)) {
                  double bound = bound(algorithm, c.k() * c.r() * c.s());
                  Tensor actual = backwardData(scratch, c, algorithm, dy, weight);
                  assertWithin(on + algorithm, actual, dx, bound);
                }
                for (String algorithm :
                    scratch.backend().convolution().algorithms(c, Pass.BACKWARD_WEIGHT)) {
                  double bound = bound(algorithm, c.n() * c.p() * c.q());
                  Tensor actual = backwardWeight(scratch, c, algorithm, x, dy);
                  assertWithin(on + algorithm, actual, dw, bound);
                }
              }
            });
  }

  /** By hand: a filter of a single 1 moves the image, a single 1 in dy cuts a piece from it. */
  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void aSingleOneMovesAnImageUnderFiltersOf5x5(Backends.Opener opener) {
    Convolution c = Convolution.of(1, 1, 6, 6, 1, 5, 5, 1, 0, 1, 1);
    float[] numbers = new float[36];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i + 1;
    }
    Tensor x = Tensor.of(c.xShape(), numbers);
    float[] filter = new float[25];
    filter[5 + 3] = 1;
    Tensor weight = Tensor.of(c.weightShape(), filter);
    Tensor dy = Tensor.of(c.yShape(), 0, 1, 0, 0);
    double[] dx = new double[36];
    dx[6 + 4] = 1;
    double[] dweight = new double[25];
    for (int i = 0; i < dweight.length; i++) {
      dweight[i] = i / 5 * 6 + i % 5 + 2;
    }
    try (Scratch scratch = new Scratch(opener.open())) {
      ConvolutionOps ops = scratch.backend().convolution();
      for (String algorithm : ops.algorithms(c, Pass.FORWARD)) {
        Tensor y = forward(scratch, c, algorithm, x, weight, Tensor.zeros(1));
        assertWithin(algorithm, y, new double[] {10, 11, 16, 17}, 1e-4);
      }
      for (String algorithm : ops.algorithms(c, Pass.BACKWARD_DATA)) {
        assertWithin(algorithm, backwardData(scratch, c, algorithm, dy, weight), dx, 1e-6);
      }
      for (String algorithm : ops.algorithms(c, Pass.BACKWARD_WEIGHT)) {
        assertWithin(algorithm, backwardWeight(scratch, c, algorithm, x, dy), dweight, 1e-4);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void activationRunsInTheEpilogue(Backends.Opener opener) {
    Convolution c = Convolution.of(2, 3, 6, 5, 18, 3, 3, 1, 1, 1, 1);
    Tensor x = Scratch.random(c.xShape(), 1);
    Tensor w = Scratch.random(c.weightShape(), 2);
    Tensor b = Scratch.random(Shape.of(c.k()), 3);
    try (Scratch scratch = new Scratch(opener.open())) {
      ConvolutionOps ops = scratch.backend().convolution();
      for (String algorithm : ops.algorithms(c, Pass.FORWARD)) {
        Tensor plain = forward(scratch, c, algorithm, x, w, b);
        DeviceTensor y = scratch.empty(c.yShape(), Layout.IMAGE);
        scratch.run(
            ops.forward(
                c,
                scratch.put(x, Layout.IMAGE),
                scratch.put(w, Layout.FILTER),
                scratch.put(b),
                y,
                scratch.workspace(ops.workspaceBytes(c, Pass.FORWARD, algorithm)),
                Activation.leakyRelu(0.25f),
                algorithm));
        float[] actual = scratch.get(y).data();
        for (int i = 0; i < actual.length; i++) {
          float before = plain.data()[i];
          assertThat(actual[i])
              .as(algorithm)
              .isEqualTo(before > 0 ? before : 0.25f * before, within(1e-6f));
        }
      }
    }
  }

  @Test
  void sameBitsInTwoRuns() {
    Convolution c = Convolution.of(3, 17, 19, 11, 35, 3, 3, 1, 1, 1, 1);
    Tensor x = Scratch.random(c.xShape(), 1);
    Tensor dy = Scratch.random(c.yShape(), 2);
    Tensor w = Scratch.random(c.weightShape(), 3);
    Tensor b = Scratch.random(Shape.of(c.k()), 4);
    Backends.devices()
        .forEach(
            named -> {
              try (Scratch scratch = new Scratch(named.getPayload().open())) {
                ConvolutionOps ops = scratch.backend().convolution();
                for (String algorithm : ops.algorithms(c, Pass.FORWARD)) {
                  assertSameBits(algorithm, () -> forward(scratch, c, algorithm, x, w, b));
                }
                for (String algorithm : ops.algorithms(c, Pass.BACKWARD_DATA)) {
                  assertSameBits(algorithm, () -> backwardData(scratch, c, algorithm, dy, w));
                }
                for (String algorithm : ops.algorithms(c, Pass.BACKWARD_WEIGHT)) {
                  assertSameBits(algorithm, () -> backwardWeight(scratch, c, algorithm, x, dy));
                }
              }
            });
  }

  private static void assertSameBits(String algorithm, Supplier<Tensor> computation) {
    float[] first = computation.get().data();
    assertThat(computation.get().data()).as(algorithm).isEqualTo(first);
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatThrownBy(() -> Convolution.of(1, 3, 4, 4, 8, 7, 7, 1, 0, 1, 1))
        .hasMessage(
            "convolution: a filter of 7×7 with dilation 1×1 does not fit an image of 4×4 with padding 0×0");
    assertThatThrownBy(() -> Convolution.of(1, 3, 4, 4, 8, 3, 3, 1, 1, 1, 2))
        .hasMessage("convolution: 3 channels and 8 filters do not divide into 2 groups");
    Convolution c = Convolution.of(1, 3, 4, 4, 8, 3, 3, 1, 1, 1, 1);
    try (Scratch scratch = new Scratch(new ReferenceBackend())) {
      ConvolutionOps ops = scratch.backend().convolution();
      DeviceTensor x = scratch.put(Tensor.zeros(1, 3, 4, 5), Layout.IMAGE);
      DeviceTensor w = scratch.put(Tensor.zeros(c.weightShape()), Layout.FILTER);
      DeviceTensor y = scratch.put(Tensor.zeros(c.yShape()), Layout.IMAGE);
      assertThatThrownBy(
              () ->
                  ops.forward(
                      c,
                      x,
                      w,
                      DeviceTensor.NONE,
                      y,
                      DeviceTensor.NONE,
                      Activation.IDENTITY,
                      "unfold"))
          .hasMessage("convolution forward 1,3,4,4,8,3,3,1,1,1,1: x has 60 elements, expected 48");
      assertThatThrownBy(() -> ops.backwardData(c, y, w, y, DeviceTensor.NONE, "magic"))
          .hasMessageContaining("dx has 128 elements, expected 48");
    }
  }

  private static Tensor forward(
      Scratch scratch, Convolution c, String algorithm, Tensor x, Tensor w, Tensor b) {
    ConvolutionOps ops = scratch.backend().convolution();
    DeviceTensor y = scratch.empty(c.yShape(), Layout.IMAGE);
    scratch.run(
        ops.forward(
            c,
            scratch.put(x, Layout.IMAGE),
            scratch.put(w, Layout.FILTER),
            scratch.put(b),
            y,
            scratch.workspace(ops.workspaceBytes(c, Pass.FORWARD, algorithm)),
            Activation.IDENTITY,
            algorithm));
    return scratch.get(y);
  }

  private static Tensor backwardData(
      Scratch scratch, Convolution c, String algorithm, Tensor dy, Tensor w) {
    ConvolutionOps ops = scratch.backend().convolution();
    DeviceTensor dx = scratch.empty(c.xShape(), Layout.IMAGE);
    scratch.run(
        ops.backwardData(
            c,
            scratch.put(dy, Layout.IMAGE),
            scratch.put(w, Layout.FILTER),
            dx,
            scratch.workspace(ops.workspaceBytes(c, Pass.BACKWARD_DATA, algorithm)),
            algorithm));
    return scratch.get(dx);
  }

  private static Tensor backwardWeight(
      Scratch scratch, Convolution c, String algorithm, Tensor x, Tensor dy) {
    ConvolutionOps ops = scratch.backend().convolution();
    DeviceTensor dw = scratch.empty(c.weightShape(), Layout.FILTER);
    scratch.run(
        ops.backwardWeight(
            c,
            scratch.put(x, Layout.IMAGE),
            scratch.put(dy, Layout.IMAGE),
            dw,
            scratch.workspace(ops.workspaceBytes(c, Pass.BACKWARD_WEIGHT, algorithm)),
            algorithm));
    return scratch.get(dw);
  }

  /**
   * The largest error allowed for sums of so many products of whole numbers up to 4: none, as they
   * are exact in float; the transforms of Winograd's algorithms round, and those of six points
   * magnify that.
   */
  private static double bound(String algorithm, int terms) {
    double magnified = algorithm.matches("winograd(4|2_5x5).*") ? 32 : 8;
    return algorithm.startsWith("winograd") ? magnified * 0x1p-24 * 4 * 4 * terms : 0;
  }

  private static void assertWithin(String what, Tensor actual, double[] expected, double bound) {
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs(actual.data()[i] - expected[i]);
      // Not within the bound also where the error is NaN.
      if (!(error <= bound)) {
        assertThat((double) actual.data()[i])
            .as("%s: element %s of %s", what, i, actual.shape())
            .isEqualTo(expected[i], within(bound));
      }
    }
  }

  /**
   * The formula: every pair of an input element and an output element that meet under a filter
   * element.
   */
  private static void formula(
      Convolution c,
      float[] x,
      float[] w,
      float[] b,
      float[] dy,
      double[] y,
      double[] dx,
      double[] dw) {
    for (int n = 0; n < c.n(); n++) {
      for (int k = 0; k < c.k(); k++) {
        int group = k / c.groupFilters();
        for (int p = 0; p < c.p(); p++) {
          for (int q = 0; q < c.q(); q++) {
            int yi = ((n * c.k() + k) * c.p() + p) * c.q() + q;
            y[yi] += b[k];
            for (int ch = 0; ch < c.groupChannels(); ch++) {
              for (int r = 0; r < c.r(); r++) {
                for (int s = 0; s < c.s(); s++) {
                  int h = p * c.strideH() - c.padH() + r * c.dilationH();
                  int v = q * c.strideW() - c.padW() + s * c.dilationW();
                  if (h < 0 || h >= c.h() || v < 0 || v >= c.w()) {
                    continue;
                  }
                  int xi = ((n * c.c() + group * c.groupChannels() + ch) * c.h() + h) * c.w() + v;
                  int wi = ((k * c.groupChannels() + ch) * c.r() + r) * c.s() + s;
                  y[yi] += x[xi] * w[wi];
                  dx[xi] += dy[yi] * w[wi];
                  dw[wi] += dy[yi] * x[xi];
                }
              }
            }
          }
        }
      }
    }
  }
}
