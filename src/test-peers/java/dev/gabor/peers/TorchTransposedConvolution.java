package dev.gabor.peers;

import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.gabor.nn.Node;

/**
 * The transposed convolution, which DJL does not pass on: by its definition, the gradient of a
 * convolution with respect to its input, kept differentiable.
 */
final class TorchTransposedConvolution {
  private TorchTransposedConvolution() {}

  static PtNDArray compute(Node node, PtNDArray x, PtNDArray weight, PtNDArray bias) {
    TorchSettings settings = new TorchSettings(node.settings());
    long images = x.getShape().get(0);
    Shape sample = TorchArrays.shape(node.shape().toArray());
    Shape shape = new Shape(images, sample.get(0), sample.get(1), sample.get(2));
    PtNDArray point = (PtNDArray) x.getManager().zeros(shape);
    JniUtils.attachGradient(point, true);
    PtNDArray forward =
        JniUtils.convolution(
            point,
            weight,
            null,
            settings.pair("stride"),
            settings.pair("pad"),
            settings.pair("dilation"),
            settings.integer("groups"));
    JniUtils.backward(forward, x, true, true);
    PtNDArray y = JniUtils.getGradient(point);
    return bias == null ? y : y.add(bias.reshape(1, -1, 1, 1));
  }
}
