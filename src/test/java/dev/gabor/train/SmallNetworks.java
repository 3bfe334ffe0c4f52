package dev.gabor.train;

import dev.gabor.nn.Network;

/** Networks that train in a second. */
final class SmallNetworks {
  private SmallNetworks() {}

  /** For 1×28×28 images of 10 classes. */
  static Network digits() {
    return Network.input(1, 28, 28)
        .conv2d(8, 3, c -> c.stride(2))
        .relu()
        .maxPool(2)
        .flatten()
        .dense(32)
        .relu()
        .dense(10)
        .build();
  }
}
