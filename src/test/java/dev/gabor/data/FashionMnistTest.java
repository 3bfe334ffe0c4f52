package dev.gabor.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.tensor.Shape;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The real Fashion-MNIST, which lies beside the project and not in it: not in a plain build. */
@Tag("real-data")
class FashionMnistTest {
  private static final Path FOLDER = Path.of("..", "shared", "data", "fashion-mnist");

  @BeforeEach
  void needsTheFolder() {
    assertThat(FOLDER).isDirectory();
  }

  @Test
  void readsBothParts() {
    ByteDataset training = IdxDataset.open(FOLDER, Split.TRAIN);
    ByteDataset test = IdxDataset.open(FOLDER, Split.TEST);
    assertThat(training.size()).isEqualTo(60_000);
    assertThat(test.size()).isEqualTo(10_000);
    for (ByteDataset set : new ByteDataset[] {training, test}) {
      assertThat(set.shape()).isEqualTo(Shape.of(1, 28, 28));
      assertThat(set.classNames()).hasSize(10).startsWith("T-shirt/top").endsWith("Ankle boot");
    }
    assertThat(IntStream.range(0, 10).map(training::label))
        .containsExactly(9, 0, 0, 3, 0, 2, 7, 2, 5, 5);
    assertThat(IntStream.range(0, 10).map(test::label))
        .containsExactly(9, 2, 1, 1, 6, 1, 4, 6, 5, 7);
  }

  /** The figures that are published everywhere for this set: mean 0.2860, deviation 0.3530. */
  @Test
  void hasThePublishedMeanAndDeviation() {
    ByteDataset training = IdxDataset.open(FOLDER, Split.TRAIN);
    Normalization standard = Normalization.fit(training, Normalization.Kind.STANDARD);
    assertThat(standard.mean(0)).isCloseTo(0.2860, within(0.00005));
    assertThat(standard.divisor(0)).isCloseTo(0.3530, within(0.00005));
    Normalization range = Normalization.fit(training, Normalization.Kind.RANGE);
    assertThat(range.mean(0)).isEqualTo(standard.mean(0));
    assertThat(range.divisor(0)).isEqualTo(1);
    assertThat(standard.remark()).isEmpty();
  }
}
