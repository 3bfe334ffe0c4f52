package dev.gabor.nn.models;

import dev.gabor.nn.ConvolutionSettings;
import dev.gabor.nn.NetworkBuilder;
import java.util.function.UnaryOperator;

/** What several families are made of. */
final class Blocks {
  private Blocks() {}

  /** A convolution without bias, batch-norm, ReLU. */
  static NetworkBuilder normed(
      NetworkBuilder net, int filters, int size, UnaryOperator<ConvolutionSettings> settings) {
    return bare(net, filters, size, settings).relu();
  }

  /** A convolution without bias, batch-norm. */
  static NetworkBuilder bare(
      NetworkBuilder net, int filters, int size, UnaryOperator<ConvolutionSettings> settings) {
    return net.conv2d(filters, size, c -> settings.apply(c).bias(false)).batchNorm();
  }

  /** 3×3 filters without bias, batch-norm, ReLU. */
  static NetworkBuilder square(NetworkBuilder net, int filters, int stride) {
    return normed(net, filters, 3, c -> c.stride(stride));
  }

  /** The stem of resnet and densenet: 64 filters; large images lose three quarters of each side. */
  static NetworkBuilder stem(NetworkBuilder net, boolean large) {
    return large ? normed(net, 64, 7, c -> c.stride(2)).maxPool(3, 2, 1) : square(net, 64, 1);
  }

  /** The mean of each channel and a dense layer on top. */
  static NetworkBuilder meanHead(NetworkBuilder net, int classes) {
    return net.globalAveragePool().flatten().dense(classes);
  }
}
