package dev.gabor.data.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.data.Batch;
import dev.gabor.data.BatchLoader;
import dev.gabor.data.Batches;
import dev.gabor.data.ByteDataset;
import dev.gabor.data.Mixing;
import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MixingTest {
  private static final int SIDE = 10;

  /** Image n of six is all n · 51, its class n. */
  private static ByteDataset plain() {
    byte[] pixels = new byte[6 * SIDE * SIDE];
    byte[] labels = new byte[6];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i / (SIDE * SIDE) * 51);
    }
    for (int n = 0; n < 6; n++) {
      labels[n] = (byte) n;
    }
    List<String> names = IntStream.range(0, 6).mapToObj(Integer::toString).toList();
    return new ByteDataset(Shape.of(1, SIDE, SIDE), names, pixels, labels);
  }

  private interface Look {
    void at(Batch batch);
  }

  private static void walk(Mixing mixing, int epochs, Look look) {
    try (BatchLoader loader = Batches.evaluation(plain(), 6).mixed(mixing).open()) {
      for (int epoch = 0; epoch < epochs; epoch++) {
        loader.epoch(epoch).forEach(look::at);
      }
    }
  }

  @Test
  void mixupBlendsWithTheSampleBefore() {
    double[] sum = new double[1];
    walk(
        new Mixup(0.4),
        400,
        batch -> {
          float share = batch.share();
          sum[0] += share;
          assertThat(batch.partnerLabels()).containsExactly(5, 0, 1, 2, 3, 4);
          for (int n = 0; n < 6; n++) {
            float expected = share * n / 5 + (1 - share) * ((n + 5) % 6) / 5;
            assertThat(batch.images().data()[n * SIDE * SIDE + 17])
                .isCloseTo(expected, within(1e-5f));
          }
        });
    // Beta(a, a) has the mean 1/2.
    assertThat(sum[0] / 400).isCloseTo(0.5, within(0.07));
  }

  @Test
  void betaHasTheRightSpread() {
    for (double alpha : new double[] {0.2, 1, 4}) {
      double squares = 0;
      for (int i = 0; i < 4000; i++) {
        double off = Workspace.of(3, 1, i).beta(alpha) - 0.5;
        squares += off * off;
      }
      // The variance of Beta(a, a) is 1 / (4 (2 a + 1)).
      double variance = 1 / (4 * (2 * alpha + 1));
      assertThat(squares / 4000).isCloseTo(variance, within(0.08 * variance));
    }
  }

  @Test
  void cutmixPastesABoxAndSharesByArea() {
    walk(
        new CutMix(1),
        100,
        batch -> {
          float[] images = batch.images().data();
          int own = 0;
          for (int i = 0; i < SIDE * SIDE; i++) {
            boolean mine = images[2 * SIDE * SIDE + i] == 2 / 5f;
            own += mine ? 1 : 0;
            assertThat(images[2 * SIDE * SIDE + i]).isIn(2 / 5f, 1 / 5f);
            // The first sample's partner is the last as it was, not as it is.
            assertThat(images[i]).isEqualTo(mine ? 0 : 1f);
          }
          assertThat(batch.share()).isCloseTo(own / 100f, within(1e-6f));
        });
  }

  @Test
  void aChoiceTakesEachNowAndThen() {
    Mixing a = (batch, seed, epoch, number) -> batch.mixWithPrevious(0.25f);
    Mixing b = (batch, seed, epoch, number) -> batch.mixWithPrevious(0.75f);
    int[] counts = new int[2];
    walk(new MixingChoice(List.of(a, b)), 200, batch -> counts[batch.share() == 0.25f ? 0 : 1]++);
    assertThat(counts[0]).isBetween(70, 130);
    assertThat(counts[0] + counts[1]).isEqualTo(200);
  }
}
