package dev.gabor.nn.models;

import dev.gabor.nn.NetworkBuilder;

/** Plain stacks of 3×3 filters (Simonyan and Zisserman 2014), with batch-norm. */
final class Vgg {
  private static final float DROPOUT = 0.5f;
  private static final int LARGE_UNITS = 4096;
  private static final int SMALL_UNITS = 512;

  private Vgg() {}

  /** Gabor's own small one: three pairs of convolutions, 64 to 256 filters; any size. */
  static NetworkBuilder vgg(NetworkBuilder net, boolean large, int classes) {
    for (int filters : new int[] {64, 128, 256}) {
      Blocks.square(net, filters, 1);
      Blocks.square(net, filters, 1).maxPool(2);
    }
    return net.flatten().dense(256).relu().dropout(DROPOUT).dense(classes);
  }

  /**
   * vgg11 to vgg19, torchvision's vgg11_bn to vgg19_bn: convolutions have a bias. Two dense layers
   * of 4096 units, for small images of 512.
   *
   * @param convolutions in each of the five stages, of 64, 128, 256, 512 and 512 filters
   */
  static Models.Maker of(int... convolutions) {
    return (net, large, classes) -> {
      for (int stage = 0; stage < convolutions.length; stage++) {
        int filters = Math.min(64 << stage, 512);
        for (int i = 0; i < convolutions[stage]; i++) {
          net.conv2d(filters, 3).batchNorm().relu();
        }
        net.maxPool(2);
      }
      net.flatten();
      for (int layer = 0; layer < 2; layer++) {
        net.dense(large ? LARGE_UNITS : SMALL_UNITS).relu().dropout(DROPOUT);
      }
      return net.dense(classes);
    };
  }
}
