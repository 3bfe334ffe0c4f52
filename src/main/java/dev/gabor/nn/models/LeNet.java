package dev.gabor.nn.models;

import dev.gabor.nn.NetworkBuilder;

/** Small convolutional networks for digits (after LeCun et al. 1998). */
final class LeNet {
  private LeNet() {}

  /** Two convolutions of 32 and 64 filters with pooling, 128 dense units, dropout; any size. */
  static NetworkBuilder lenet(NetworkBuilder net, boolean large, int classes) {
    Blocks.square(net, 32, 1).maxPool(2);
    Blocks.square(net, 64, 1).maxPool(2);
    return net.flatten().dense(128).relu().dropout(0.5f).dense(classes);
  }
}
