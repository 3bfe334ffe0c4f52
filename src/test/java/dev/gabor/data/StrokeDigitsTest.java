package dev.gabor.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.tensor.Shape;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class StrokeDigitsTest {
  private static float[] sample(Dataset set, int index) {
    float[] sample = new float[set.shape().arrayLength()];
    set.read(index, sample, 0);
    return sample;
  }

  private static long checksum(Dataset set) {
    CRC32 checksum = new CRC32();
    for (int i = 0; i < set.size(); i++) {
      for (float value : sample(set, i)) {
        checksum.update(Math.round(value * 255));
      }
    }
    return checksum.getValue();
  }

  @Test
  void hasTheAnnouncedSizesAndBalancedClasses() {
    Dataset training = StrokeDigits.train(1);
    assertThat(training.size()).isEqualTo(10_000);
    assertThat(training.shape()).isEqualTo(Shape.of(1, 28, 28));
    assertThat(training.classNames())
        .containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    assertThat(StrokeDigits.test(1).size()).isEqualTo(2_000);
    int[] counts = new int[10];
    for (int i = 0; i < training.size(); i++) {
      counts[training.label(i)]++;
    }
    assertThat(counts).containsOnly(1_000);
  }

  /** Written down once; every machine must draw these very bytes. */
  @Test
  void isTheSameOnEveryMachine() {
    assertThat(checksum(StrokeDigits.train(1, 100))).isEqualTo(2738528833L);
    assertThat(checksum(StrokeDigits.test(1, 100))).isEqualTo(497202033L);
  }

  @Test
  void aSampleDoesNotDependOnTheSize() {
    assertThat(sample(StrokeDigits.train(3, 40), 33))
        .containsExactly(sample(StrokeDigits.train(3, 34), 33));
  }

  @Test
  void noImageComesTwice() {
    Set<Integer> seen = new HashSet<>();
    for (Dataset set :
        new Dataset[] {
          StrokeDigits.train(1, 500), StrokeDigits.test(1, 500), StrokeDigits.train(2, 500)
        }) {
      for (int i = 0; i < set.size(); i++) {
        seen.add(Arrays.hashCode(sample(set, i)));
      }
    }
    assertThat(seen).hasSize(1500);
  }

  @Test
  void everyImageHasInkInsideAndValuesInRange() {
    Dataset set = StrokeDigits.test(5, 1000);
    for (int i = 0; i < set.size(); i++) {
      float[] sample = sample(set, i);
      int bright = 0;
      for (float value : sample) {
        assertThat(value).isBetween(0f, 1f);
        bright += value > 0.45f ? 1 : 0;
      }
      assertThat(bright).as("bright pixels of sample %d", i).isBetween(8, 400);
    }
  }

  /** Warps are strong: the mean images of the classes judge far worse than any convolution. */
  @Test
  void templatesDoNotSuffice() {
    Dataset training = StrokeDigits.train(1, 2000);
    double[][] means = new double[10][784];
    for (int i = 0; i < training.size(); i++) {
      float[] sample = sample(training, i);
      for (int p = 0; p < sample.length; p++) {
        means[training.label(i)][p] += sample[p] / 200;
      }
    }
    Dataset test = StrokeDigits.test(1, 1000);
    int right = 0;
    for (int i = 0; i < test.size(); i++) {
      right += nearest(means, sample(test, i)) == test.label(i) ? 1 : 0;
    }
    assertThat(right).isBetween(300, 800);
  }

  private static int nearest(double[][] means, float[] sample) {
    int best = 0;
    double bestDistance = Double.POSITIVE_INFINITY;
    for (int c = 0; c < means.length; c++) {
      double distance = 0;
      for (int p = 0; p < sample.length; p++) {
        distance += (means[c][p] - sample[p]) * (means[c][p] - sample[p]);
      }
      if (distance < bestDistance) {
        best = c;
        bestDistance = distance;
      }
    }
    return best;
  }

  @Test
  void refusesAnEmptySet() {
    assertThatThrownBy(() -> StrokeDigits.train(1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("stroke digits: size 0: expected 1 to 2739137");
  }
}
