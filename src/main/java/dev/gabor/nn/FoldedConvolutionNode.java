package dev.gabor.nn;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Layout;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * For inference: a convolution with the batch-norm behind it folded in, weight' = weight·γ/√(var+ε)
 * and bias' = (bias − mean)·γ/√(var+ε) + β, computed once in double from the parameters of both.
 */
final class FoldedConvolutionNode extends Node {
  private final ConvolutionNode convolution;
  private final BatchNormNode norm;
  private final Activation activation;

  FoldedConvolutionNode(ConvolutionNode convolution, BatchNormNode norm, Activation activation) {
    super(convolution.name(), convolution.inputs(), convolution.shape());
    this.convolution = convolution;
    this.norm = norm;
    this.activation = activation;
  }

  @Override
  public String operator() {
    return "folded_conv2d";
  }

  @Override
  public Map<String, Object> settings() {
    throw new IllegalStateException("a folded convolution is made for a plan and is not saved");
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> inputs, Value y) {
    Value x = inputs.get(0);
    Convolution c = convolution.single().withBatch(recorder.batch());
    Parameter weight = convolution.weight();
    Value w =
        recorder.derived(
            "folded weight", weight.deviceShape(), weight.layout(), () -> weight(recorder));
    Value b = recorder.derived("folded bias", Shape.of(c.k()), Layout.PLAIN, () -> bias(recorder));
    new ConvolutionPasses(recorder, c)
        .forward("convolution forward", x, w, Optional.of(b), y, activation);
    return dy -> {
      throw new IllegalStateException("a folded convolution has no gradient");
    };
  }

  private float[] weight(Recorder recorder) {
    float[] weight = recorder.hostValue(convolution.weight());
    double[] scale = norm.scale(recorder);
    int perFilter = weight.length / scale.length;
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (float) (weight[i] * scale[i / perFilter]);
    }
    return weight;
  }

  private float[] bias(Recorder recorder) {
    double[] scale = norm.scale(recorder);
    double[] shift = norm.shift(recorder);
    float[] bias =
        convolution.bias().map(recorder::hostValue).orElseGet(() -> new float[scale.length]);
    for (int k = 0; k < bias.length; k++) {
      bias[k] = (float) (bias[k] * scale[k] + shift[k]);
    }
    return bias;
  }
}
