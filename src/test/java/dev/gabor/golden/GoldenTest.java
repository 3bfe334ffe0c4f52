package dev.gabor.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.Elements;
import dev.gabor.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every operator, forward and backward, against the numbers that PyTorch 2.7.1 gave. */
class GoldenTest {
  private static final int CASES = 82;

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void everyBackendEqualsPyTorch(Backends.Opener opener) throws IOException {
    int cases = 0;
    try (Backend backend = opener.open()) {
      for (String file : GoldenFile.NAMES) {
        List<GoldenFile.Entry> entries = GoldenFile.read(file);
        for (GoldenFile.Entry entry : entries) {
          Map<String, Tensor> actual = entry.golden().answer(backend);
          assertThat(actual).as(entry.golden().name()).containsOnlyKeys(entry.answer().keySet());
          entry
              .answer()
              .forEach(
                  (what, expected) ->
                      Elements.assertClose(
                          entry.golden().name() + ", " + what,
                          actual.get(what),
                          expected,
                          entry.golden().bound()));
          cases++;
        }
      }
    }
    assertThat(cases).isEqualTo(CASES);
  }
}
