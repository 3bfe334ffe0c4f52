package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;

/** What a loss writes. */
record LossRun(Tensor values, Tensor gradient) {
  /**
   * Runs it forward alone, with its gradient, and with the gradient in the place of the prediction.
   */
  static LossRun of(Scratch scratch, Loss loss, Tensor prediction, Tensor target, Layout layout) {
    DeviceTensor x = scratch.put(prediction, layout);
    DeviceTensor t = scratch.put(target, loss.takesClasses() ? Layout.PLAIN : layout);
    Shape samples = Shape.of(prediction.shape().length(0));
    DeviceTensor losses = scratch.empty(samples, Layout.PLAIN);
    DeviceTensor alone = scratch.empty(samples, Layout.PLAIN);
    DeviceTensor dx = scratch.empty(prediction.shape(), layout);
    LossOps ops = scratch.backend().loss();
    scratch.run(ops.forward(loss, x, t, alone));
    scratch.run(ops.forwardBackward(loss, x, t, losses, dx));
    LossRun result = new LossRun(scratch.get(losses), scratch.get(dx));
    assertThat(scratch.get(alone).data()).as("forward alone").isEqualTo(result.losses());
    scratch.run(ops.forwardBackward(loss, x, t, losses, x));
    assertThat(scratch.get(x).data()).as("in place").isEqualTo(result.dprediction());
    assertThat(scratch.get(losses).data()).as("same bits twice").isEqualTo(result.losses());
    return result;
  }

  /** The same on plain tensors. */
  static LossRun of(Scratch scratch, Loss loss, Tensor prediction, Tensor target) {
    return of(scratch, loss, prediction, target, Layout.PLAIN);
  }

  float[] losses() {
    return values.data();
  }

  float[] dprediction() {
    return gradient.data();
  }
}
