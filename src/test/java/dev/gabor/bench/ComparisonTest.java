package dev.gabor.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.bench.Comparison.Change;
import dev.gabor.bench.Comparison.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComparisonTest {
  @ParameterizedTest
  @CsvSource({
    "10, 1, 10, 1, 10, SAME",
    "10, 1, 10.05, 1, 10, SAME",
    "10, 1, 10.5, 1, 10, SLOWER",
    "10, 1, 11.5, 1, 10, FAILED",
    "10, 1, 11.5, 1, 20, SLOWER",
    "10, 1, 11.5, 20, 10, SAME",
    "10, 20, 11.5, 1, 10, SAME",
    "10, 1, 9, 1, 10, FASTER",
    "10, 1, 9, 15, 10, SAME",
    "10, 0, 10.1, 0, 0, FAILED",
  })
  void judgesBeyondTheNoise(
      double before,
      double spreadBefore,
      double now,
      double spreadNow,
      double threshold,
      Verdict verdict) {
    Comparison comparison =
        Comparison.of(
            Reports.of(Reports.convolution("direct", before, spreadBefore)),
            Reports.of(Reports.convolution("direct", now, spreadNow)),
            threshold);
    Change change = comparison.changes().get(0);
    assertThat(change.verdict()).isEqualTo(verdict);
    assertThat(change.percent()).isCloseTo(100 * (now - before) / before, within(1e-9));
    assertThat(comparison.failed()).isEqualTo(verdict == Verdict.FAILED);
    assertThat(comparison.count(verdict)).isEqualTo(1);
  }

  @Test
  void takesTheSameAlgorithmElseTheFastest() {
    Report older =
        Reports.of(
            Reports.convolution("direct", 30, 1),
            Reports.convolution("blocked", 10, 1),
            Reports.model("train", 5));
    Report newer =
        Reports.of(
            Reports.convolution("direct", 30, 1),
            Reports.convolution("winograd", 5, 1),
            Reports.model("infer", 1));
    assertThat(Comparison.of(older, newer, 10).changes())
        .extracting(Change::percent, Change::verdict)
        .containsExactly(
            tuple(0.0, Verdict.SAME), tuple(-50.0, Verdict.FASTER), tuple(0.0, Verdict.NEW));
  }

  @Test
  void refusesAThresholdBelowZero() {
    Report report = Reports.of();
    assertThatThrownBy(() -> Comparison.of(report, report, -1)).hasMessageContaining("-1");
    assertThatThrownBy(() -> Comparison.of(report, report, Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
