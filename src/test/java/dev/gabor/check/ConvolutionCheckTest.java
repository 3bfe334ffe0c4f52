package dev.gabor.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionOps;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConvolutionCheckTest {
  private static final int TURNS = 1500;

  /** For one or the other of these every algorithm is there. */
  private static final Convolution[] EXAMPLES = {
    Convolution.of(2, 3, 8, 8, 16, 3, 3, 1, 1, 1, 1),
    Convolution.of(2, 16, 8, 8, 16, 3, 3, 1, 1, 1, 1),
    Convolution.of(2, 16, 8, 8, 16, 5, 5, 1, 2, 1, 1),
    Convolution.of(2, 16, 8, 8, 16, 3, 3, 1, 1, 1, 16)
  };

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void everyAlgorithmOfEveryFamilyTakesItsTurnInEveryPass(Backends.Opener opener) {
    try (Backend device = opener.open()) {
      assertThat(device.families()).containsExactlyInAnyOrder("cpu", "gpu");
      for (String family : device.families()) {
        Backend backend = device.family(family);
        Map<Pass, Set<String>> drawn = drawn(backend);
        for (Pass pass : Pass.values()) {
          assertThat(drawn.get(pass))
              .as("%s, %s", family, pass)
              .containsAll(all(backend.convolution(), pass))
              .contains("direct", "unfold", "tiled", "winograd2_staged", "depthwise");
        }
      }
    }
  }

  private static Map<Pass, Set<String>> drawn(Backend backend) {
    ConvolutionCheck check = new ConvolutionCheck();
    Map<Pass, Set<String>> drawn = new HashMap<>();
    for (int turn = 0; turn < TURNS; turn++) {
      CheckCase line = check.draw(backend, turn, new Draw(1, turn));
      drawn
          .computeIfAbsent(line.constant("pass", Pass.class), pass -> new HashSet<>())
          .add(line.text("algorithm"));
    }
    return drawn;
  }

  private static Set<String> all(ConvolutionOps ops, Pass pass) {
    Set<String> all = new HashSet<>();
    for (Convolution example : EXAMPLES) {
      all.addAll(ops.algorithms(example, pass));
    }
    return all;
  }
}
