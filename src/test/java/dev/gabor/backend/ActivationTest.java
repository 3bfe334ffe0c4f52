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

class ActivationTest {
  private static final Activation[] ALL = {
    Activation.IDENTITY,
    Activation.RELU,
    Activation.leakyRelu(0.01f),
    Activation.SIGMOID,
    Activation.TANH,
    Activation.elu(1),
    Activation.GELU,
    Activation.SILU,
    Activation.RELU6
  };

  // PyTorch 2.7.1, torch.nn.functional in double precision, at x = -2, -0.5, 0, 1, 3, 7.
  private static final double[][] VALUES = {
    {-2, -0.5, 0, 1, 3, 7},
    {0, 0, 0, 1, 3, 7},
    {-0.02, -0.005, 0, 1, 3, 7},
    {0.1192029220, 0.3775406688, 0.5, 0.7310585786, 0.9525741268, 0.9990889488},
    {-0.9640275801, -0.4621171573, 0, 0.7615941560, 0.9950547537, 0.9999983369},
    {-0.8646647168, -0.3934693403, 0, 1, 3, 7},
    {-0.0455002639, -0.1542687694, 0, 0.8413447461, 2.9959503079, 7},
    {-0.2384058440, -0.1887703344, 0, 0.7310585786, 2.8577223804, 6.9936226416},
    {0, 0, 0, 1, 3, 6},
  };

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void equalsKnownValues(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      Tensor x = Tensor.of(Shape.of(6), -2, -0.5f, 0, 1, 3, 7);
      for (int a = 0; a < ALL.length; a++) {
        DeviceTensor y = scratch.empty(x.shape(), Layout.PLAIN);
        scratch.run(scratch.backend().activation().forward(ALL[a], scratch.put(x), y));
        float[] actual = scratch.get(y).data();
        for (int i = 0; i < 6; i++) {
          assertThat((double) actual[i])
              .as("%s of %s", ALL[a], x.data()[i])
              .isCloseTo(VALUES[a][i], within(1e-6));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void backwardEqualsCentralDifferences(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      Tensor x = Scratch.random(Shape.of(3, 7, 5, 1), 4);
      for (int i = 0; i < x.data().length; i++) {
        x.data()[i] += Math.copySign(0.01f, x.data()[i]); // away from the kinks at 0
      }
      Tensor dy = Scratch.random(x.shape(), 5);
      for (Activation activation : ALL) {
        DeviceTensor input = scratch.put(x, Layout.IMAGE);
        DeviceTensor output = scratch.empty(x.shape(), Layout.IMAGE);
        DeviceTensor dx = scratch.empty(x.shape(), Layout.IMAGE);
        ActivationOps ops = scratch.backend().activation();
        scratch.run(ops.forward(activation, input, output));
        DeviceTensor saved = activation.backwardReads() == Activation.Reads.INPUT ? input : output;
        scratch.run(ops.backward(activation, saved, scratch.put(dy, Layout.IMAGE), dx));
        float[] actual = scratch.get(dx).data();
        for (int i = 0; i < actual.length; i++) {
          double h = 1e-3;
          double slope =
              (value(activation, x.data()[i] + h) - value(activation, x.data()[i] - h)) / (2 * h);
          assertThat((double) actual[i])
              .as("%s at %s", activation, x.data()[i])
              .isCloseTo(dy.data()[i] * slope, within(2e-3 * Math.abs(slope) + 2e-6));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void relu6HasSlopesStrictlyBetweenItsEnds(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      Tensor y = Tensor.of(Shape.of(5), 0, 0.5f, 5.5f, 6, Float.NaN);
      DeviceTensor dx = scratch.empty(y.shape(), Layout.PLAIN);
      DeviceTensor dy = scratch.put(Tensor.of(y.shape(), 2, 3, 4, 5, 6));
      scratch.run(
          scratch.backend().activation().backward(Activation.RELU6, scratch.put(y), dy, dx));
      assertThat(scratch.get(dx).data()).containsExactly(0, 3, 4, 0, 0);
      DeviceTensor forward = scratch.empty(y.shape(), Layout.PLAIN);
      Tensor x = Tensor.of(y.shape(), -7, 6, 6.5f, Float.POSITIVE_INFINITY, Float.NaN);
      scratch.run(
          scratch.backend().activation().forward(Activation.RELU6, scratch.put(x), forward));
      assertThat(scratch.get(forward).data()).containsExactly(0, 6, 6, 6, Float.NaN);
    }
  }

  @Test
  void refusesOtherShapesAndBadAlpha() {
    try (Scratch scratch = new Scratch(new ReferenceBackend())) {
      DeviceTensor x = scratch.put(Tensor.zeros(2, 3));
      DeviceTensor y = scratch.put(Tensor.zeros(3, 2));
      assertThatThrownBy(() -> scratch.backend().activation().forward(Activation.RELU, x, y))
          .hasMessage("activation forward: y has shape (3,2), expected (2,3)");
      assertThatThrownBy(() -> Activation.leakyRelu(-1)).hasMessageContaining("alpha is -1.0");
    }
  }

  private static double value(Activation activation, double x) {
    return switch (activation.kind()) {
      case IDENTITY -> x;
      case RELU -> Math.max(x, 0);
      case RELU6 -> Math.min(Math.max(x, 0), 6);
      case LEAKY_RELU -> x > 0 ? x : activation.alpha() * x;
      case SIGMOID -> 1 / (1 + Math.exp(-x));
      case TANH -> Math.tanh(x);
      case ELU -> x > 0 ? x : activation.alpha() * Math.expm1(x);
      case GELU -> x * 0.5 * (1 + erf(x / Math.sqrt(2)));
      case SILU -> x / (1 + Math.exp(-x));
    };
  }

  /** erf by its Taylor series, enough for |x| below 2. */
  private static double erf(double x) {
    double sum = 0;
    double power = x;
    for (int n = 0; n < 40; n++) {
      sum += power / (2 * n + 1);
      power *= -x * x / (n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }
}
