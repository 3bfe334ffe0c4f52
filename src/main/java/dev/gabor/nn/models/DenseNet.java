package dev.gabor.nn.models;

import dev.gabor.nn.NetworkBuilder;
import java.util.function.UnaryOperator;

/** Densely connected layers (Huang et al. 2017), as torchvision has them. */
final class DenseNet {
  private static final int GROWTH = 32;
  private static final int BOTTLENECK = 4 * GROWTH;

  private DenseNet() {}

  /**
   * densenet121 and its relatives; between two blocks half the channels and half of each side go.
   *
   * @param layers in each block
   */
  static Models.Maker of(int... layers) {
    return (net, large, classes) -> {
      Blocks.stem(net, large);
      for (int block = 0; block < layers.length; block++) {
        if (block > 0) {
          int half = net.shape().length(0) / 2;
          net.batchNorm().relu().conv2d(half, 1, c -> c.bias(false)).averagePool(2);
        }
        for (int i = 0; i < layers[block]; i++) {
          net.concat(UnaryOperator.identity(), DenseNet::layer);
        }
      }
      return Blocks.meanHead(net.batchNorm().relu(), classes);
    };
  }

  private static NetworkBuilder layer(NetworkBuilder net) {
    return net.batchNorm()
        .relu()
        .conv2d(BOTTLENECK, 1, c -> c.bias(false))
        .batchNorm()
        .relu()
        .conv2d(GROWTH, 3, c -> c.bias(false));
  }
}
