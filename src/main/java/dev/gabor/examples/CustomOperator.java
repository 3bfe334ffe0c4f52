package dev.gabor.examples;

import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.backend.CustomActivation;
import dev.gabor.check.CrossCheck;
import dev.gabor.data.StrokeDigits;
import dev.gabor.nn.Network;
import dev.gabor.train.Trainer;
import dev.gabor.train.TrainingResult;

/**
 * An activation with kernels of its own: a formula in Java, the same in OpenCL C, a check that they
 * agree, and a network that trains with it.
 */
public final class CustomOperator {
  private CustomOperator() {}

  /** y = x tanh(ln(1 + exp(x))) (Misra 2019). */
  public static final class Mish implements CustomActivation {
    @Override
    public String name() {
      return "mish";
    }

    @Override
    public float forward(float x) {
      return (float) (x * Math.tanh(Math.log1p(Math.exp(x))));
    }

    @Override
    public float backward(float x, float dy) {
      double t = Math.tanh(Math.log1p(Math.exp(x)));
      double sigmoid = 1 / (1 + Math.exp(-x));
      return (float) (dy * (t + x * sigmoid * (1 - t * t)));
    }

    @Override
    public String kernelSource() {
      return """
      kernel void mish_forward(
          global const float* x,  // (n) read
          global float* y,        // (n) overwritten
          const int n) {
        const int i = (int)get_global_id(0);
        y[i] = x[i] * tanh(log1p(exp(x[i])));
      }

      kernel void mish_backward(
          global const float* x,   // (n) read
          global const float* dy,  // (n) read
          global float* dx,        // (n) overwritten
          const int n) {
        const int i = (int)get_global_id(0);
        const float t = tanh(log1p(exp(x[i])));
        const float sigmoid = 1.0f / (1.0f + exp(-x[i]));
        dx[i] = dy[i] * (t + x[i] * sigmoid * (1.0f - t * t));
      }
      """;
    }
  }

  /**
   * Checks the kernels on the device, then trains.
   *
   * @param args nothing
   */
  public static void main(String[] args) {
    Mish mish = new Mish();
    Network small = Network.input(2, 7, 5).conv2d(3, 3).activation(mish).flatten().dense(4).build();
    Network network =
        Network.input(1, 28, 28).maxPool(2).flatten().dense(64).activation(mish).dense(10).build();
    try (Backend backend = Gabor.open("auto")) {
      CrossCheck.of(small).on(backend).cases(5).run().assertPassed();
      TrainingResult result =
          Trainer.of(network).on(backend).epochs(2).fit(StrokeDigits.train(1, 2000));
      System.out.println("accuracy in training " + result.epochs().get(1).trainAccuracy());
    }
  }
}
