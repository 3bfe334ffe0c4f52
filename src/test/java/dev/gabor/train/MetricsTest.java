package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Loss;
import dev.gabor.train.ConfusionMatrix.Mean;
import org.junit.jupiter.api.Test;

class MetricsTest {
  // Rows: 4 of a, 5 of b, 1 of c, none of d; a is answered 4 times, b 6 times, c and d never.
  private static final ConfusionMatrix MATRIX =
      new ConfusionMatrix(new long[][] {{3, 1, 0, 0}, {0, 5, 0, 0}, {1, 0, 0, 0}, {0, 0, 0, 0}});

  private static void close(double actual, double expected) {
    assertThat(actual).isCloseTo(expected, within(1e-12));
  }

  @Test
  void everyClassEqualsHandNumbers() {
    close(MATRIX.precision(0), 0.75);
    close(MATRIX.recall(0), 0.75);
    close(MATRIX.f1(0), 0.75);
    close(MATRIX.precision(1), 5 / 6.0);
    close(MATRIX.recall(1), 1);
    close(MATRIX.f1(1), 10 / 11.0);
    for (int c = 2; c < 4; c++) {
      close(MATRIX.precision(c), 0);
      close(MATRIX.recall(c), 0);
      close(MATRIX.f1(c), 0);
    }
    assertThat(MATRIX.support(1)).isEqualTo(5);
    assertThat(MATRIX.samples()).isEqualTo(10);
  }

  @Test
  void meansEqualHandNumbers() {
    close(MATRIX.accuracy(), 0.8);
    close(MATRIX.precision(Mean.MICRO), 0.8);
    close(MATRIX.recall(Mean.MICRO), 0.8);
    close(MATRIX.f1(Mean.MICRO), 0.8);
    close(MATRIX.precision(Mean.MACRO), (0.75 + 5 / 6.0) / 4);
    close(MATRIX.recall(Mean.MACRO), 1.75 / 4);
    close(MATRIX.f1(Mean.MACRO), (0.75 + 10 / 11.0) / 4);
    close(MATRIX.precision(Mean.WEIGHTED), 0.4 * 0.75 + 0.5 * 5 / 6);
    close(MATRIX.recall(Mean.WEIGHTED), 0.8);
    close(MATRIX.f1(Mean.WEIGHTED), 0.4 * 0.75 + 0.5 * 10 / 11);
  }

  @Test
  void countsAreCopiesAndSquare() {
    long[][] counts = {{1, 2}, {3, 4}};
    ConfusionMatrix matrix = new ConfusionMatrix(counts);
    counts[0][0] = 9;
    matrix.counts()[1][1] = 9;
    assertThat(matrix.counts()).isDeepEqualTo(new long[][] {{1, 2}, {3, 4}});
    assertThatThrownBy(() -> new ConfusionMatrix(new long[][] {{1, 2}}))
        .hasMessage("confusion matrix: expected rows of 1 counts, found 2");
  }

  @Test
  void areasEqualHandCountedPairs() {
    // Positives 0.9, 0.4; others 0.5, 0.4, 0.1: 3 + 1.5 of 6 pairs.
    float[] scores = {0.5f, 0.9f, 0.4f, 0.1f, 0.4f};
    int[] labels = {0, 1, 1, 0, 2};
    close(RocAuc.of(scores, labels, 1), (3 + 1.5) / 6);
    close(RocAuc.of(new float[] {3, -2, -1}, new int[] {1, 0, 0}, 1), 1);
    close(RocAuc.of(new float[] {-3, -2, -1}, new int[] {1, 0, 0}, 1), 0);
    close(RocAuc.of(new float[] {0f, -0f}, new int[] {1, 0}, 1), 0.5);
    assertThat(RocAuc.of(scores, labels, 3)).isNaN();
    assertThat(RocAuc.of(new float[] {1}, new int[] {1}, 1)).isNaN();
  }

  @Test
  void aTallyCountsRanksAndKeepsProbabilities() {
    Tally tally = new Tally(Loss.crossEntropy(), 3, 3);
    tally.add(new float[] {9, 1, 3, 2}, 1, 1, 0.5);
    tally.add(new float[] {2, 2, 2}, 0, 2, 1);
    tally.add(new float[] {0, (float) Math.log(2), 0}, 0, 0, 1.5);
    Evaluation evaluation = tally.done();
    close(evaluation.loss(), 1);
    close(evaluation.accuracy(), 1 / 3.0);
    // Of equal ones the first is larger: class 2 is third, class 0 second.
    close(evaluation.topAccuracy(1), 1 / 3.0);
    close(evaluation.topAccuracy(2), 2 / 3.0);
    close(evaluation.topAccuracy(5), 1);
    assertThat(evaluation.confusion())
        .isDeepEqualTo(new long[][] {{0, 1, 0}, {0, 1, 0}, {1, 0, 0}});
    // Probabilities of class 0: 0.09, 1/3, 1/4; its sample is the last.
    close(evaluation.rocAuc(0), 0.5);
    close(evaluation.rocAuc(1), 1);
    close(
        evaluation.rocAuc(),
        (0.5 + 1 + RocAuc.of(new float[] {0.24f, 1 / 3f, 0.25f}, new int[] {1, 2, 0}, 2)) / 3);
    assertThatThrownBy(() -> evaluation.topAccuracy(0))
        .hasMessage("top-k accuracy: expected k of at least 1, found 0");
  }
}
