package dev.gabor.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DatasetTest {
  private static int[] identities(Dataset set) {
    float[] sample = new float[2];
    return IntStream.range(0, set.size())
        .map(
            i -> {
              set.read(i, sample, 0);
              return (int) sample[0];
            })
        .toArray();
  }

  private static int[] counts(Dataset set) {
    int[] counts = new int[set.classes()];
    for (int i = 0; i < set.size(); i++) {
      counts[set.label(i)]++;
    }
    return counts;
  }

  @Test
  void aSubsetIsAView() {
    Dataset subset = ArrayDataset.counting(10, 3).subset(new int[] {7, 2, 7});
    assertThat(subset.size()).isEqualTo(3);
    assertThat(subset.shape()).isEqualTo(Shape.of(1, 1, 2));
    assertThat(subset.classNames()).containsExactly("0", "1", "2");
    assertThat(identities(subset)).containsExactly(7, 2, 7);
    assertThat(subset.label(1)).isEqualTo(2);
  }

  @Test
  void aSubsetRefusesForeignIndices() {
    Dataset set = ArrayDataset.counting(10, 3);
    assertThatThrownBy(() -> set.subset(new int[] {3, 10}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("subset: index 10 at position 1: expected 0 to 9");
    assertThatThrownBy(() -> set.subset(new int[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("subset: expected at least 1 index, found none");
  }

  @Test
  void aSplitCoversTheWholeOnce() {
    Dataset set = ArrayDataset.counting(33, 3);
    DatasetPair parts = set.split(0.8, 1);
    assertThat(parts.first().size()).isEqualTo(26);
    int[] first = identities(parts.first());
    int[] second = identities(parts.second());
    assertThat(first).isSorted();
    assertThat(IntStream.concat(IntStream.of(first), IntStream.of(second)).sorted().toArray())
        .containsExactly(IntStream.range(0, 33).toArray());
    assertThat(identities(set.split(0.8, 1).first())).containsExactly(first);
    assertThat(identities(set.split(0.8, 2).first())).isNotEqualTo(first);
  }

  @Test
  void aStratifiedSplitKeepsTheShareOfEachClass() {
    // Classes of 40, 10, 2 and 1 samples, and one of none.
    byte[] labels = new byte[53];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = (byte) (i < 40 ? 0 : i < 50 ? 1 : i < 52 ? 2 : 3);
    }
    Dataset set =
        new ByteDataset(Shape.of(1, 1, 1), List.of("a", "b", "c", "d", "e"), new byte[53], labels);
    DatasetPair parts = set.stratifiedSplit(0.9, 1);
    assertThat(counts(parts.first())).containsExactly(36, 9, 1, 1, 0);
    assertThat(counts(parts.second())).containsExactly(4, 1, 1, 0, 0);
  }

  @Test
  void splitsRefuseEmptyParts() {
    Dataset set = ArrayDataset.counting(10, 2);
    for (double fraction : new double[] {0, 1, -0.5, Double.NaN}) {
      assertThatThrownBy(() -> set.split(fraction, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("split: fraction " + fraction + ": expected more than 0 and less than 1");
    }
    assertThatThrownBy(() -> set.split(0.01, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("split: fraction 0.01 of 10 samples leaves one part empty");
  }

  @Test
  void bytesMustFitTheirLabels() {
    Shape shape = Shape.of(1, 2, 2);
    assertThatThrownBy(() -> new ByteDataset(shape, List.of("a"), new byte[7], new byte[2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("data set: 2 labels need 8 pixels (1,2,2), found 7");
    assertThatThrownBy(() -> new ByteDataset(shape, List.of("a"), new byte[8], new byte[] {0, -1}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("data set: label 255 of sample 1: expected 0 to 0");
    assertThatThrownBy(() -> new ByteDataset(Shape.of(4), List.of("a"), new byte[4], new byte[1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("data set: expected samples (C,H,W), found (4)");
  }
}
