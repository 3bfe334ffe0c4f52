package dev.gabor.nn.models;

import dev.gabor.backend.PoolWindow;
import dev.gabor.nn.NetworkBuilder;

/** Fire modules (Iandola et al. 2016), version 1.1 as torchvision has it; no batch-norm. */
final class SqueezeNet {
  private SqueezeNet() {}

  /** Its head is a 1×1 convolution, a ReLU and the mean of each channel. */
  static NetworkBuilder squeezenet(NetworkBuilder net, boolean large, int classes) {
    if (large) {
      net.conv2d(64, 3, c -> c.stride(2).padding(0)).relu();
      pool(net);
    } else {
      net.conv2d(64, 3).relu();
    }
    fire(net, 16, 64);
    fire(net, 16, 64);
    pool(net);
    fire(net, 32, 128);
    fire(net, 32, 128);
    pool(net);
    fire(net, 48, 192);
    fire(net, 48, 192);
    fire(net, 64, 256);
    fire(net, 64, 256);
    return net.dropout(0.5f).conv2d(classes, 1).relu().globalAveragePool().flatten();
  }

  private static void fire(NetworkBuilder net, int squeezed, int expanded) {
    net.conv2d(squeezed, 1)
        .relu()
        .concat(b -> b.conv2d(expanded, 1).relu(), b -> b.conv2d(expanded, 3).relu());
  }

  private static void pool(NetworkBuilder net) {
    net.pool(PoolWindow.of(PoolWindow.Kind.MAX, 3).stride(2).ceilMode(true));
  }
}
