package dev.gabor.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PhiloxTest {
  /** The three vectors for philox4x32 with 10 rounds in Random123's kat_vectors. */
  @Test
  void equalsThePublishedVectors() {
    assertThat(block(0, 0, 0)).containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertThat(block(-1, -1, -1)).containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertThat(block(0x299f31d0a4093822L, 0x0370734413198a2eL, 0x85a308d3243f6a88L))
        .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  @Test
  void theSequenceWalksThroughTheBlocks() {
    Philox random = new Philox(7, 9);
    int[] drawn = IntStream.range(0, 10).map(i -> random.nextInt()).toArray();
    assertThat(random.position()).isEqualTo(10);
    assertThat(Arrays.copyOfRange(drawn, 0, 4)).containsExactly(block(7, 9, 0));
    assertThat(Arrays.copyOfRange(drawn, 4, 8)).containsExactly(block(7, 9, 1));
    assertThat(drawn[8]).isEqualTo(block(7, 9, 2)[0]);
  }

  @Test
  void seedsAndStreamsDiffer() {
    int first = new Philox(1, 0).nextInt();
    assertThat(new Philox(2, 0).nextInt()).isNotEqualTo(first);
    assertThat(new Philox(1, 1).nextInt()).isNotEqualTo(first);
    assertThat(new Philox(1, 0).nextInt()).isEqualTo(first);
  }

  @Test
  void unitFloatsReachFromZeroToJustBelowOne() {
    assertThat(Philox.toUnitFloat(0)).isZero();
    assertThat(Philox.toUnitFloat(-1)).isEqualTo(1 - 0x1p-24f).isLessThan(1f);
    assertThat(Philox.toUnitFloat(0x80000000)).isEqualTo(0.5f);
  }

  @Test
  void floatsAreUniform() {
    Philox random = new Philox(3, 0);
    int[] bins = new int[20];
    int draws = 200_000;
    for (int i = 0; i < draws; i++) {
      bins[(int) (random.nextFloat() * bins.length)]++;
    }
    double expected = draws / 20.0;
    double chiSquared = Arrays.stream(bins).mapToDouble(n -> (n - expected) * (n - expected)).sum();
    // 19 degrees of freedom: above 43.8 in one of a thousand fair sequences; this one is fixed.
    assertThat(chiSquared / expected).isLessThan(43.8);
  }

  @Test
  void boundedIntegersAreUniformAndInRange() {
    Philox random = new Philox(5, 0);
    int[] bins = new int[7];
    for (int i = 0; i < 70_000; i++) {
      bins[random.nextInt(7)]++;
    }
    assertThat(Arrays.stream(bins).boxed()).allSatisfy(n -> assertThat(n).isBetween(9_600, 10_400));
    assertThat(new Philox(5, 0).nextInt(1)).isZero();
    assertThatThrownBy(() -> random.nextInt(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("random bound 0 must be at least 1");
  }

  @Test
  void normalNumbersHaveTheirMoments() {
    Philox random = new Philox(11, 0);
    int draws = 100_000;
    double sum = 0;
    double squares = 0;
    double fourth = 0;
    for (int i = 0; i < draws; i++) {
      double x = random.nextGaussian();
      sum += x;
      squares += x * x;
      fourth += x * x * x * x;
    }
    assertThat(sum / draws).isCloseTo(0, within(0.015));
    assertThat(squares / draws).isCloseTo(1, within(0.02));
    assertThat(fourth / draws).isCloseTo(3, within(0.15));
  }

  @Test
  void floatsBetweenBoundsStayThere() {
    Philox random = new Philox(13, 0);
    for (int i = 0; i < 1000; i++) {
      assertThat(random.nextFloat(-2, 3)).isBetween(-2f, 3f);
    }
  }

  @Test
  void shufflingPermutes() {
    for (int length : new int[] {0, 1, 2, 7, 1000}) {
      int[] array = IntStream.range(0, length).toArray();
      new Philox(17, length).shuffle(array);
      assertThat(Arrays.stream(array).sorted().toArray())
          .containsExactly(IntStream.range(0, length).toArray());
    }
  }

  @Test
  void everyOrderIsEquallyLikely() {
    Philox random = new Philox(19, 0);
    int[] seen = new int[27];
    for (int i = 0; i < 60_000; i++) {
      int[] array = {0, 1, 2};
      random.shuffle(array);
      seen[array[0] * 9 + array[1] * 3 + array[2]]++;
    }
    List<Integer> orders = Arrays.stream(seen).filter(n -> n > 0).boxed().toList();
    assertThat(orders).hasSize(6).allSatisfy(n -> assertThat(n).isBetween(9_600, 10_400));
  }

  private static int[] block(long seed, long stream, long counter) {
    int[] out = new int[4];
    Philox.block(seed, stream, counter, out);
    return out;
  }
}
