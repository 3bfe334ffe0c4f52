package dev.gabor.nn.models;

import dev.gabor.nn.NetworkBuilder;
import java.util.function.UnaryOperator;

/**
 * Depthwise separable convolutions (Howard et al. 2017). Large images: the first convolution has
 * stride 2.
 */
final class MobileNet {
  private MobileNet() {}

  /** Gabor's own small one: seven depthwise separable convolutions, 64 to 512 filters. */
  static NetworkBuilder mobilenet(NetworkBuilder net, boolean large, int classes) {
    Blocks.square(net, 32, large ? 2 : 1);
    int[][] filtersAndStrides = {
      {64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2}, {512, 1}
    };
    for (int[] step : filtersAndStrides) {
      separable(net, step[0], step[1]);
    }
    return Blocks.meanHead(net, classes);
  }

  /**
   * The published one: thirteen, 64 to 1024 filters. For small images the first stride in the body
   * is 1, too.
   */
  static NetworkBuilder mobilenetV1(NetworkBuilder net, boolean large, int classes) {
    Blocks.square(net, 32, large ? 2 : 1);
    separable(net, 64, 1);
    separable(net, 128, large ? 2 : 1);
    separable(net, 128, 1);
    separable(net, 256, 2);
    separable(net, 256, 1);
    separable(net, 512, 2);
    for (int i = 0; i < 5; i++) {
      separable(net, 512, 1);
    }
    separable(net, 1024, 2);
    separable(net, 1024, 1);
    return Blocks.meanHead(net, classes);
  }

  private static void separable(NetworkBuilder net, int filters, int stride) {
    int channels = net.shape().length(0);
    Blocks.normed(net, channels, 3, c -> c.stride(stride).groups(channels));
    Blocks.normed(net, filters, 1, UnaryOperator.identity());
  }
}
