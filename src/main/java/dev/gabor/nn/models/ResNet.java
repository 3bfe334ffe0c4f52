package dev.gabor.nn.models;

import dev.gabor.nn.NetworkBuilder;
import java.util.function.UnaryOperator;

/** Residual networks (He et al. 2016). */
final class ResNet {
  private static final int EXPANSION = 4;

  /** Adds a block that gives so many channels. */
  @FunctionalInterface
  private interface Block {
    NetworkBuilder add(NetworkBuilder body, int filters, int stride);
  }

  private ResNet() {}

  /**
   * resnet18 and resnet34: blocks of two 3×3 convolutions.
   *
   * @param blocks in each of the four stages, of 64, 128, 256 and 512 filters
   */
  static Models.Maker basic(int... blocks) {
    return maker(
        blocks,
        1,
        (body, filters, stride) ->
            Blocks.bare(
                Blocks.square(body, filters, stride), filters, 3, UnaryOperator.identity()));
  }

  /**
   * resnet50: blocks of 1×1, 3×3 and 1×1 convolutions, the last with four times the filters; the
   * stride is that of the 3×3, as in torchvision.
   *
   * @param blocks in each of the four stages, of 64, 128, 256 and 512 filters
   */
  static Models.Maker bottleneck(int... blocks) {
    return maker(
        blocks,
        EXPANSION,
        (body, filters, stride) -> {
          Blocks.normed(body, filters, 1, UnaryOperator.identity());
          Blocks.square(body, filters, stride);
          return Blocks.bare(body, EXPANSION * filters, 1, UnaryOperator.identity());
        });
  }

  private static Models.Maker maker(int[] blocks, int expansion, Block block) {
    return (net, large, classes) -> {
      Blocks.stem(net, large);
      for (int stage = 0; stage < blocks.length; stage++) {
        int filters = 64 << stage;
        for (int i = 0; i < blocks[stage]; i++) {
          int stride = i == 0 && stage > 0 ? 2 : 1;
          residual(net, expansion * filters, stride, body -> block.add(body, filters, stride));
        }
      }
      return Blocks.meanHead(net, classes);
    };
  }

  /** The shortcut is projected where the shape changes. */
  private static void residual(
      NetworkBuilder net, int channels, int stride, UnaryOperator<NetworkBuilder> body) {
    boolean projects = stride != 1 || net.shape().length(0) != channels;
    net.residual(
            body,
            shortcut ->
                projects ? Blocks.bare(shortcut, channels, 1, c -> c.stride(stride)) : shortcut)
        .relu();
  }
}
