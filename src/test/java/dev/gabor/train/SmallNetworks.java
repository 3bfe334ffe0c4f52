package dev.gabor.train;

import dev.gabor.nn.Network;

/** Networks that train in a second. */
final class SmallNetworks {
  private SmallNetworks() {}

  /** For 1×28×28 images of 10 classes: a small lenet with batch-norm and dropout. */
  static Network digits() {
    return Network.input(1, 28, 28)
        .conv2d(8, 3, c -> c.stride(2).bias(false))
        .batchNorm()
        .relu()
        .conv2d(16, 3)
        .relu()
        .maxPool(2)
        .flatten()
        .dropout(0.25f)
        .dense(32)
        .relu()
        .dense(10)
        .build();
  }
}
