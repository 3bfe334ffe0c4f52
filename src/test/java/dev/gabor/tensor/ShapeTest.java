package dev.gabor.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ShapeTest {
  @Test
  void knowsItsAxes() {
    Shape shape = Shape.of(32, 3, 28, 13);
    assertThat(shape.rank()).isEqualTo(4);
    assertThat(shape.length(0)).isEqualTo(32);
    assertThat(shape.length(3)).isEqualTo(13);
    assertThat(shape.size()).isEqualTo(32L * 3 * 28 * 13);
    assertThat(shape.arrayLength()).isEqualTo(32 * 3 * 28 * 13);
    assertThat(shape).hasToString("(32,3,28,13)");
  }

  @Test
  void aScalarHasOneElement() {
    assertThat(Shape.of().rank()).isZero();
    assertThat(Shape.of().size()).isEqualTo(1);
    assertThat(Shape.of()).hasToString("()");
  }

  @Test
  void equalsByLengths() {
    assertThat(Shape.of(2, 3)).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
    assertThat(Shape.of(2, 3)).isNotEqualTo(Shape.of(3, 2)).isNotEqualTo(Shape.of(2, 3, 1));
  }

  @Test
  void batchesAndSamplesAreInverse() {
    assertThat(Shape.of(3, 7, 5).batched(33)).isEqualTo(Shape.of(33, 3, 7, 5));
    assertThat(Shape.of(33, 3, 7, 5).sample()).isEqualTo(Shape.of(3, 7, 5));
  }

  @Test
  void doesNotShareItsArray() {
    int[] lengths = {2, 3};
    Shape shape = Shape.of(lengths);
    lengths[0] = 9;
    shape.toArray()[1] = 9;
    assertThat(shape).isEqualTo(Shape.of(2, 3));
  }

  @Test
  void refusesEmptyAxes() {
    assertThatThrownBy(() -> Shape.of(2, 0, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("shape [2, 0, 3]: every axis needs a length of at least 1");
    assertThatThrownBy(() -> Shape.of(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesArraysLongerThanJavaAllows() {
    Shape huge = Shape.of(1 << 16, 1 << 16);
    assertThat(huge.size()).isEqualTo(1L << 32);
    assertThatThrownBy(huge::arrayLength)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("shape (65536,65536) has 4294967296 elements, too many for one array");
  }
}
