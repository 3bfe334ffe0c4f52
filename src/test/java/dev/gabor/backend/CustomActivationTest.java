package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.grack.nanojson.JsonObject;
import dev.gabor.check.CheckReport;
import dev.gabor.check.CrossCheck;
import dev.gabor.examples.CustomOperator.Mish;
import dev.gabor.nn.Network;
import dev.gabor.nn.NetworkJson;
import dev.gabor.opencl.OpenClException;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CustomActivationTest {
  private static final CustomActivation MISH = new Mish();

  /** As above, but with a slip in the backward kernel. */
  private static final class WrongSlope implements CustomActivation {
    @Override
    public String name() {
      return "mish";
    }

    @Override
    public float forward(float x) {
      return MISH.forward(x);
    }

    @Override
    public float backward(float x, float dy) {
      return MISH.backward(x, dy);
    }

    @Override
    public String kernelSource() {
      return MISH.kernelSource().replace("(1.0f - t * t)", "(1.0f - t)");
    }
  }

  private static Network network(CustomActivation function) {
    return Network.input(2, 7, 5).conv2d(3, 3).activation(function).flatten().dense(4).build();
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void equalsHandNumbersAndCentralDifferences(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      ActivationOps ops = scratch.backend().activation();
      // tanh(ln 2) = 0.6; at 1: tanh(ln(1 + e)) = 0.86509839.
      Tensor x = Tensor.of(Shape.of(5), 0, 1, -1, 40, -40);
      DeviceTensor in = scratch.put(x);
      DeviceTensor out = scratch.empty(x.shape(), Layout.PLAIN);
      scratch.run(ops.forward(MISH, in, out));
      float[] y = scratch.get(out).data();
      assertThat((double) y[0]).isZero();
      assertThat((double) y[1]).isCloseTo(0.86509839, within(1e-6));
      assertThat((double) y[2]).isCloseTo(-0.30340146, within(1e-6));
      assertThat((double) y[3]).isCloseTo(40, within(1e-4));
      assertThat((double) y[4]).isCloseTo(0, within(1e-12));
      for (int size : new int[] {1, 7, 13, 33, 1000}) {
        Tensor points = Scratch.random(Shape.of(size), size);
        Tensor slope = Scratch.random(Shape.of(size), size + 1);
        DeviceTensor dx = scratch.empty(points.shape(), Layout.PLAIN);
        scratch.run(ops.backward(MISH, scratch.put(points), scratch.put(slope), dx));
        float[] actual = scratch.get(dx).data();
        for (int i = 0; i < size; i++) {
          double at = points.data()[i];
          double difference = (mish(at + 1e-4) - mish(at - 1e-4)) / 2e-4;
          assertThat((double) actual[i]).isCloseTo(slope.data()[i] * difference, within(1e-5));
        }
      }
    }
  }

  private static double mish(double x) {
    return x * Math.tanh(Math.log1p(Math.exp(x)));
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void theCrossCheckPassesGoodKernelsAndFindsBadOnes(Backends.Opener opener) {
    try (Backend backend = opener.open()) {
      CrossCheck.of(network(MISH)).on(backend).cases(3).run().assertPassed();
      CheckReport wrong = CrossCheck.of(network(new WrongSlope())).on(backend).cases(3).run();
      assertThatThrownBy(wrong::assertPassed).hasMessageContaining("gradient");
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void kernelsThatAreNoneAreNamed(Backends.Opener opener) {
    CustomActivation renamed =
        new CustomActivation() {
          @Override
          public String name() {
            return "hush";
          }

          @Override
          public float forward(float x) {
            return x;
          }

          @Override
          public float backward(float x, float dy) {
            return dy;
          }

          @Override
          public String kernelSource() {
            return MISH.kernelSource();
          }
        };
    try (Scratch scratch = new Scratch(opener.open())) {
      DeviceTensor x = scratch.put(Tensor.zeros(3));
      DeviceTensor y = scratch.put(Tensor.zeros(4));
      ActivationOps ops = scratch.backend().activation();
      assertThatThrownBy(() -> ops.forward(renamed, x, x))
          .isInstanceOf(OpenClException.class)
          .hasMessageContaining("hush_forward");
      assertThatThrownBy(() -> ops.forward(MISH, x, y))
          .hasMessage("mish forward: y has shape (4), expected (3)");
    }
  }

  @Test
  void isReadByItsName() {
    JsonObject json = NetworkJson.write(network(MISH));
    assertThat(NetworkJson.write(NetworkJson.read(json)).toString()).isEqualTo(json.toString());
    JsonObject layer = json.getArray("layers").getObject(2);
    layer.getObject("settings").put("function", "mush");
    assertThatThrownBy(() -> NetworkJson.read(json))
        .hasMessage(
            "layer mish1: custom activation mush: no service"
                + " dev.gabor.backend.CustomActivation of this name");
  }
}
