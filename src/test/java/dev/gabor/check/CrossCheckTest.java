package dev.gabor.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.nn.Network;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CrossCheckTest {
  private static final List<Network> NETWORKS =
      List.of(
          Network.input(3, 9, 7)
              .conv2d(8, 3)
              .batchNorm()
              .relu()
              .residual(b -> b.conv2d(8, 3).batchNorm())
              .relu()
              .globalAveragePool()
              .flatten()
              .dense(5)
              .build(),
          Network.input(4, 8, 8)
              .conv2d(4, 3, s -> s.groups(4))
              .batchNorm()
              .silu()
              .dropout(0.3f)
              .concat(b -> b.conv2d(3, 1).tanh(), b -> b.maxPool(3, 1, 1))
              .maxPool(2)
              .flatten()
              .dense(6)
              .logSoftmax()
              .build());

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void networksPassOnEveryDevice(Backends.Opener opener) {
    try (Backend device = opener.open()) {
      for (Network network : NETWORKS) {
        CheckReport report = CrossCheck.of(network).on(device).cases(4).seed(3).run();
        report.assertPassed();
        assertThat(report.verdicts()).hasSize(4);
        assertThat(report.tallies().get(0).bound()).isPositive();
      }
    }
  }

  @Test
  void findsAWrongDevice() {
    try (Backend device = new FaultyBackend((backend, b, y) -> backend.spoil(y, 0, 77))) {
      CheckReport report = CrossCheck.of(NETWORKS.get(0)).on(device).cases(1).run();
      assertThat(report.passed()).isFalse();
      assertThat(report.failures().get(0).failure().orElseThrow()).contains("device ");
    }
  }
}
