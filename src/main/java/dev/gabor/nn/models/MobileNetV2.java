package dev.gabor.nn.models;

import dev.gabor.nn.ConvolutionSettings;
import dev.gabor.nn.NetworkBuilder;
import java.util.function.UnaryOperator;

/** Inverted residuals with linear bottlenecks (Sandler et al. 2018), as torchvision has them. */
final class MobileNetV2 {
  /** Expansion, channels, blocks, stride of the first of them. */
  private static final int[][] STAGES = {
    {1, 16, 1, 1},
    {6, 24, 2, 2},
    {6, 32, 3, 2},
    {6, 64, 4, 2},
    {6, 96, 3, 1},
    {6, 160, 3, 2},
    {6, 320, 1, 1},
  };

  private MobileNetV2() {}

  /** For small images the stem and the first stage with a stride have stride 1. */
  static NetworkBuilder mobilenetV2(NetworkBuilder net, boolean large, int classes) {
    clipped(net, 32, 3, c -> c.stride(large ? 2 : 1));
    for (int stage = 0; stage < STAGES.length; stage++) {
      int[] s = STAGES[stage];
      int first = stage == 1 && !large ? 1 : s[3];
      for (int i = 0; i < s[2]; i++) {
        inverted(net, s[0], s[1], i == 0 ? first : 1);
      }
    }
    clipped(net, 1280, 1, UnaryOperator.identity());
    return net.globalAveragePool().flatten().dropout(0.2f).dense(classes);
  }

  private static void inverted(NetworkBuilder net, int expansion, int filters, int stride) {
    int channels = net.shape().length(0);
    int wide = expansion * channels;
    UnaryOperator<NetworkBuilder> body =
        b -> {
          if (expansion > 1) {
            clipped(b, wide, 1, UnaryOperator.identity());
          }
          clipped(b, wide, 3, c -> c.stride(stride).groups(wide));
          return Blocks.bare(b, filters, 1, UnaryOperator.identity());
        };
    if (stride == 1 && channels == filters) {
      net.residual(body);
    } else {
      net.then(body);
    }
  }

  /** A convolution without bias, batch-norm, ReLU6. */
  private static NetworkBuilder clipped(
      NetworkBuilder net, int filters, int size, UnaryOperator<ConvolutionSettings> settings) {
    return Blocks.bare(net, filters, size, settings).relu6();
  }
}
