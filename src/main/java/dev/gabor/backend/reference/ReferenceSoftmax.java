package dev.gabor.backend.reference;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.SoftmaxOps;
import dev.gabor.backend.Step;

/** Softmax, sample by sample in double. */
final class ReferenceSoftmax extends SoftmaxOps {
  @Override
  protected Step bindForward(DeviceTensor input, DeviceTensor output, boolean logarithm) {
    ReferenceTensor x = ReferenceTensor.of(input);
    ReferenceTensor y = ReferenceTensor.of(output);
    int samples = x.shape().length(0);
    int features = x.shape().length(1);
    return () -> Parallel.forEach(samples, n -> forward(x, y, n * features, features, logarithm));
  }

  private static void forward(
      ReferenceTensor x, ReferenceTensor y, int row, int features, boolean logarithm) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < features; c++) {
      largest = Math.max(largest, x.data[x.offset + row + c]);
    }
    double sum = 0;
    for (int c = 0; c < features; c++) {
      sum += Math.exp(x.data[x.offset + row + c] - largest);
    }
    double logSum = largest + Math.log(sum);
    for (int c = 0; c < features; c++) {
      double value = x.data[x.offset + row + c] - logSum;
      y.data[y.offset + row + c] = (float) (logarithm ? value : Math.exp(value));
    }
  }

  @Override
  protected Step bindBackward(
      DeviceTensor output, DeviceTensor dOutput, DeviceTensor dInput, boolean logarithm) {
    ReferenceTensor y = ReferenceTensor.of(output);
    ReferenceTensor dy = ReferenceTensor.of(dOutput);
    ReferenceTensor dx = ReferenceTensor.of(dInput);
    int samples = y.shape().length(0);
    int features = y.shape().length(1);
    return () ->
        Parallel.forEach(samples, n -> backward(y, dy, dx, n * features, features, logarithm));
  }

  private static void backward(
      ReferenceTensor y,
      ReferenceTensor dy,
      ReferenceTensor dx,
      int row,
      int features,
      boolean logarithm) {
    double sum = 0;
    for (int c = row; c < row + features; c++) {
      double value = y.data[y.offset + c];
      sum += dy.data[dy.offset + c] * (logarithm ? 1 : value);
    }
    for (int c = row; c < row + features; c++) {
      double value = y.data[y.offset + c];
      double slope = dy.data[dy.offset + c];
      dx.data[dx.offset + c] =
          (float) (logarithm ? slope - Math.exp(value) * sum : value * (slope - sum));
    }
  }
}
