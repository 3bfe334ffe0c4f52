package dev.gabor.nn;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.Layout;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The gradient of y = relu?(scale[c] x + shift[c] + z?) whose scale stays: dz = g, dx = scale g
 * with g = dy where y &gt; 0. A factor for each channel is a convolution of 1×1 with as many groups
 * as channels, and on features a dense layer with a diagonal weight.
 */
final class FixedScale {
  private FixedScale() {}

  /**
   * Records what is wanted of dx and dz.
   *
   * @param y the output where there is a ReLU
   * @param scale (C), asked for when the plan is prepared
   */
  static void record(
      Recorder recorder,
      Optional<Value> y,
      Value x,
      Optional<Value> z,
      Value dy,
      Supplier<double[]> scale) {
    boolean wanted = recorder.wantsGradient(x) || z.filter(recorder::wantsGradient).isPresent();
    if (!wanted) {
      return;
    }
    Value g =
        y.map(value -> Nodes.throughActivation(recorder, Activation.RELU, value, dy)).orElse(dy);
    z.ifPresent(residual -> recorder.pass(residual, g));
    recorder.contribute(x, dx -> scaled(recorder, g, dx, scale));
  }

  private static void scaled(Recorder recorder, Value g, Value dx, Supplier<double[]> scale) {
    Shape s = g.shape();
    int channels = s.length(1);
    boolean image = s.rank() == 4;
    Convolution c =
        image
            ? Convolution.of(
                s.length(0), channels, s.length(2), s.length(3), channels, 1, 1, 1, 0, 1, channels)
            : Convolution.dense(s.length(0), channels, channels);
    Shape weightShape = image ? c.weightShape() : Shape.of(channels, channels);
    Value weight =
        recorder.derived(
            "fixed scale", weightShape, Layout.FILTER, () -> weight(scale.get(), weightShape));
    ConvolutionOps ops = recorder.backend().convolution();
    String algorithm = ops.choose(c, Pass.BACKWARD_DATA);
    List<Value> workspace =
        recorder.workspace(ops.workspaceBytes(c, Pass.BACKWARD_DATA, algorithm));
    recorder.add(
        "batch-norm backward, fixed",
        List.of(g, weight),
        Nodes.join(dx, workspace),
        slots ->
            ops.backwardData(
                c,
                slots.of(g),
                slots.of(weight),
                slots.of(dx),
                Nodes.first(slots, workspace),
                algorithm));
  }

  /** The factors, on the diagonal where every channel is read for each output. */
  private static float[] weight(double[] scale, Shape shape) {
    float[] weight = new float[shape.arrayLength()];
    int step = weight.length / scale.length + (weight.length > scale.length ? 1 : 0);
    for (int channel = 0; channel < scale.length; channel++) {
      weight[channel * step] = (float) scale[channel];
    }
    return weight;
  }
}
