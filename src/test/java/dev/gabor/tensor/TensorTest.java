package dev.gabor.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TensorTest {
  @Test
  void zerosAreZero() {
    Tensor tensor = Tensor.zeros(2, 3);
    assertThat(tensor.shape()).isEqualTo(Shape.of(2, 3));
    assertThat(tensor.data()).hasSize(6).containsOnly(0f);
  }

  @Test
  void reshapingSharesTheElements() {
    Tensor tensor = Tensor.of(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    Tensor reshaped = tensor.reshape(3, 2);
    assertThat(reshaped.shape()).isEqualTo(Shape.of(3, 2));
    assertThat(reshaped.data()).isSameAs(tensor.data());
  }

  @Test
  void refusesAnArrayThatDoesNotFit() {
    assertThatThrownBy(() -> Tensor.of(Shape.of(2, 3), 1, 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tensor: an array of 3 elements does not fill shape (2,3) of 6");
    assertThatThrownBy(() -> Tensor.zeros(2, 3).reshape(7))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
