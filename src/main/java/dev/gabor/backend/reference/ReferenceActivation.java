package dev.gabor.backend.reference;

import dev.gabor.backend.Activation;
import dev.gabor.backend.ActivationOps;
import dev.gabor.backend.CustomActivation;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;

/**
 * Activations. The transcendental ones are computed in double, so they are right to the last float
 * bit or nearly.
 */
final class ReferenceActivation extends ActivationOps {
  private static final double SQRT_2 = Math.sqrt(2);
  private static final double SQRT_2_PI = Math.sqrt(2 * Math.PI);

  @Override
  protected Step bindForward(CustomActivation function, DeviceTensor input, DeviceTensor output) {
    ReferenceTensor x = ReferenceTensor.of(input);
    ReferenceTensor y = ReferenceTensor.of(output);
    return () ->
        Parallel.ranges(
            x.size,
            (from, to) -> {
              for (int i = from; i < to; i++) {
                y.data[y.offset + i] = function.forward(x.data[x.offset + i]);
              }
            });
  }

  @Override
  protected Step bindBackward(
      CustomActivation function, DeviceTensor input, DeviceTensor slope, DeviceTensor result) {
    ReferenceTensor x = ReferenceTensor.of(input);
    ReferenceTensor dy = ReferenceTensor.of(slope);
    ReferenceTensor dx = ReferenceTensor.of(result);
    return () ->
        Parallel.ranges(
            x.size,
            (from, to) -> {
              for (int i = from; i < to; i++) {
                dx.data[dx.offset + i] =
                    function.backward(x.data[x.offset + i], dy.data[dy.offset + i]);
              }
            });
  }

  @Override
  protected Step bindForward(Activation activation, DeviceTensor input, DeviceTensor output) {
    ReferenceTensor x = ReferenceTensor.of(input);
    ReferenceTensor y = ReferenceTensor.of(output);
    return () ->
        Parallel.ranges(
            x.size,
            (from, to) -> {
              for (int i = from; i < to; i++) {
                y.data[y.offset + i] = value(activation, x.data[x.offset + i]);
              }
            });
  }

  @Override
  protected Step bindBackward(
      Activation activation, DeviceTensor kept, DeviceTensor dOutput, DeviceTensor dInput) {
    ReferenceTensor saved = ReferenceTensor.of(kept);
    ReferenceTensor dy = ReferenceTensor.of(dOutput);
    ReferenceTensor dx = ReferenceTensor.of(dInput);
    return () ->
        Parallel.ranges(
            dy.size,
            (from, to) -> {
              for (int i = from; i < to; i++) {
                dx.data[dx.offset + i] =
                    dy.data[dy.offset + i] * slope(activation, saved.data[saved.offset + i]);
              }
            });
  }

  /** f(x). */
  static float value(Activation activation, float x) {
    return switch (activation.kind()) {
      case IDENTITY -> x;
      case RELU -> Math.max(x, 0);
      case RELU6 -> Math.min(Math.max(x, 0), 6);
      case LEAKY_RELU -> x > 0 ? x : activation.alpha() * x;
      case SIGMOID -> (float) (1 / (1 + Math.exp(-x)));
      case TANH -> (float) Math.tanh(x);
      case ELU -> x > 0 ? x : (float) (activation.alpha() * Math.expm1(x));
      case GELU -> (float) (x * normal(x));
      case SILU -> (float) (x / (1 + Math.exp(-x)));
    };
  }

  /** f'(x), from y or x as {@link Activation#backwardReads()} says. */
  static float slope(Activation activation, float saved) {
    return switch (activation.kind()) {
      case IDENTITY -> 1;
      case RELU -> saved > 0 ? 1 : 0;
      case RELU6 -> saved > 0 && saved < 6 ? 1 : 0;
      case LEAKY_RELU -> saved > 0 ? 1 : activation.alpha();
      case SIGMOID -> saved * (1 - saved);
      case TANH -> 1 - saved * saved;
      case ELU -> saved > 0 ? 1 : saved + activation.alpha();
      case GELU -> (float) (normal(saved) + saved * Math.exp(-0.5 * saved * saved) / SQRT_2_PI);
      case SILU -> {
        double sigmoid = 1 / (1 + Math.exp(-saved));
        yield (float) (sigmoid * (1 + saved * (1 - sigmoid)));
      }
    };
  }

  /** Φ(x), the standard normal distribution function. */
  private static double normal(double x) {
    return 0.5 * (1 + errorFunction(x / SQRT_2));
  }

  /**
   * erf(x) = 2/√π exp(-x²) Σ 2ⁿ x²ⁿ⁺¹ / (1·3·…·(2n+1)): all terms have one sign, so nothing
   * cancels.
   */
  private static double errorFunction(double x) {
    if (Math.abs(x) > 6) {
      return Math.signum(x);
    }
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }
}
