package dev.gabor.examples;

import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.check.CrossCheck;
import dev.gabor.nn.Network;
import org.junit.jupiter.api.Test;

/** The test of a network of one's own that the README shows. */
class MyNetworkTest {
  @Test
  void myNetworkIsRightOnThisDevice() {
    Network network =
        Network.input(3, 12, 12)
            .conv2d(8, 3)
            .batchNorm()
            .relu()
            .residual(b -> b.conv2d(8, 3, c -> c.groups(8)).batchNorm())
            .globalAveragePool()
            .flatten()
            .dense(4)
            .build();
    try (Backend device = Gabor.open("opencl")) {
      CrossCheck.of(network).on(device).cases(5).seed(1).run().assertPassed();
    }
  }
}
