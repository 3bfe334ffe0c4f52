package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CeilingsTest {
  private static final int[] SIZES = {1, 7, 13, 33, 191, 192, 1000, 20_011};

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void chainsEveryElement(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      for (int size : SIZES) {
        Tensor x = Scratch.integers(Shape.of(size), size);
        DeviceTensor y = scratch.empty(x.shape(), Layout.PLAIN);
        scratch.run(scratch.backend().ceilings().multiplyAdd(scratch.put(x), y, 24, 1, 3));
        float[] actual = scratch.get(y).data();
        for (int i = 0; i < size; i++) {
          assertThat(actual[i]).isEqualTo(x.data()[i] + 72);
        }
      }
      // f(t) = t/2 + 1 halves the distance to 2 in every round.
      Tensor x = Tensor.of(Shape.of(1), 2 + 256);
      DeviceTensor y = scratch.empty(x.shape(), Layout.PLAIN);
      scratch.run(scratch.backend().ceilings().multiplyAdd(scratch.put(x), y, 8, 0.5f, 1));
      assertThat(scratch.get(y).data()[0]).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void roundsToHalfWhereThereIsHalf(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      CeilingOps ceilings = scratch.backend().ceilings();
      if (!ceilings.hasHalf()) {
        DeviceTensor x = scratch.empty(Shape.of(8), Layout.PLAIN);
        assertThatThrownBy(() -> ceilings.multiplyAddHalf(x, x, 8, 1, 1))
            .hasMessageContaining("no half precision");
        return;
      }
      // Half has 11 bits: 2048 + 1/2 is 2048.
      Tensor x = Tensor.of(Shape.of(1), 2048);
      DeviceTensor y = scratch.empty(x.shape(), Layout.PLAIN);
      scratch.run(ceilings.multiplyAddHalf(scratch.put(x), y, 8, 1, 0.5f));
      assertThat(scratch.get(y).data()[0]).isEqualTo(2048);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void copiesFillsAndReadsEveryElementOnce(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      for (int size : SIZES) {
        Tensor x = Scratch.integers(Shape.of(size), size);
        DeviceTensor from = scratch.put(x);
        DeviceTensor y = scratch.empty(x.shape(), Layout.PLAIN);
        scratch.run(scratch.backend().ceilings().copy(from, y));
        assertThat(scratch.get(y).data()).isEqualTo(x.data());
        scratch.run(scratch.backend().ceilings().fill(y, 2.5f));
        assertThat(scratch.get(y).data()).containsOnly(2.5f);
        double expected = sum(x.data());
        for (int parts : new int[] {1, (size + 2) / 3, size}) {
          DeviceTensor partial = scratch.empty(Shape.of(parts), Layout.PLAIN);
          scratch.run(scratch.backend().ceilings().read(from, partial));
          assertThat(sum(scratch.get(partial).data())).isEqualTo(expected);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void sumsOverATurningTile(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      int rounds = 40;
      Tensor x = Scratch.integers(Shape.of(3 * CeilingOps.TILE), 3);
      DeviceTensor y = scratch.empty(x.shape(), Layout.PLAIN);
      scratch.run(scratch.backend().ceilings().local(scratch.put(x), y, rounds));
      float[] actual = scratch.get(y).data();
      for (int i = 0; i < actual.length; i++) {
        int base = i / CeilingOps.TILE * CeilingOps.TILE;
        float expected = 0;
        for (int j = 0; j < rounds; j++) {
          expected += x.data()[base + (i - base + CeilingOps.TURN * j) % CeilingOps.TILE];
        }
        assertThat(actual[i]).as("element %d", i).isEqualTo(expected);
      }
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    try (Scratch scratch = new Scratch(new ReferenceBackend())) {
      CeilingOps ceilings = scratch.backend().ceilings();
      DeviceTensor x = scratch.empty(Shape.of(10), Layout.PLAIN);
      DeviceTensor y = scratch.empty(Shape.of(11), Layout.PLAIN);
      DeviceTensor image = scratch.empty(Shape.of(1, 1, 2, 5), Layout.IMAGE);
      assertThatThrownBy(() -> ceilings.copy(x, y)).hasMessageContaining("y has shape (11)");
      assertThatThrownBy(() -> ceilings.copy(image, image)).hasMessageContaining("layout IMAGE");
      assertThatThrownBy(() -> ceilings.multiplyAdd(x, x, 12, 1, 1))
          .hasMessageContaining("12 rounds, expected a multiple of 8");
      assertThatThrownBy(() -> ceilings.multiplyAdd(x, x, 1 << 20, 1, 1))
          .hasMessageContaining("rounds");
      assertThatThrownBy(() -> ceilings.local(x, x, 8)).hasMessageContaining("10 elements");
      assertThatThrownBy(() -> ceilings.read(x, y)).hasMessageContaining("partial");
      assertThatThrownBy(() -> ceilings.fill(image, 1)).hasMessageContaining("layout IMAGE");
      assertThat(ceilings.hasHalf()).isFalse();
      assertThatThrownBy(() -> ceilings.multiplyAddHalf(x, x, 8, 1, 1))
          .hasMessageContaining("no half precision");
    }
  }

  private static double sum(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum;
  }
}
