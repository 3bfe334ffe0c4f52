package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DropoutTest {
  private static final long SEED = 0x1234_5678_9ABC_DEF0L;
  private static final int LAYER = 5;

  private static final List<Shape> SHAPES =
      List.of(
          Shape.of(1, 1),
          Shape.of(7, 13),
          Shape.of(64, 130),
          Shape.of(1, 3, 7, 7),
          Shape.of(2, 17, 13, 10),
          Shape.of(3, 33, 1, 1),
          Shape.of(5, 64, 7, 1),
          Shape.of(2, 7, 33, 33));

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void keepsWhatTheWordOfItsIndexSays(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      RandomState random = new RandomState(SEED);
      random.moveTo(9);
      for (Shape shape : SHAPES) {
        for (boolean channels : new boolean[] {false, true}) {
          float[] actual = apply(scratch, random, 0.3f, channels, ones(shape));
          int c = shape.length(1);
          int area = shape.rank() == 4 ? shape.length(2) * shape.length(3) : 1;
          for (int i = 0; i < actual.length; i++) {
            int image = i / (c * area);
            int channel = i / area % c;
            int pixel = i % area;
            long index =
                channels ? image * c + channel : (image * area + pixel) * (long) c + channel;
            assertThat(actual[i])
                .as("%s, channels %s, element %d", shape, channels, i)
                .isEqualTo(word(index, 9) >= 0.3f ? 1 / (1 - 0.3f) : 0);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void equalsTheReferenceBitForBit(Backends.Opener opener) {
    try (Scratch device = new Scratch(opener.open());
        Scratch cpu = new Scratch(new ReferenceBackend())) {
      RandomState random = new RandomState(-3);
      random.moveTo(Integer.MAX_VALUE);
      for (Shape shape : SHAPES) {
        for (boolean channels : new boolean[] {false, true}) {
          for (float p : new float[] {0, 0.1f, 0.5f, 0.99f}) {
            Tensor x = Scratch.random(shape, 3);
            assertThat(apply(device, random, p, channels, x))
                .as("%s, channels %s, p %s", shape, channels, p)
                .containsExactly(apply(cpu, random, p, channels, x));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void dropsTheShareItIsToldTo(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      Tensor x = ones(Shape.of(100, 1000));
      for (float p : new float[] {0, 0.2f, 0.5f, 0.9f}) {
        float[] y = apply(scratch, new RandomState(1), p, false, x);
        long dropped = 0;
        double sum = 0;
        for (float value : y) {
          dropped += value == 0 ? 1 : 0;
          sum += value;
        }
        // Four standard deviations of a binomial share of 100 000.
        double error = 4 * Math.sqrt(p * (1 - p) / y.length);
        assertThat(dropped / (double) y.length).isCloseTo(p, within(error));
        assertThat(sum / y.length).isCloseTo(1, within(error / (1 - p) + 1e-6));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void oneBoundStepDrawsAFreshMaskEachTrainingStep(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      for (Shape shape : List.of(Shape.of(8, 65), Shape.of(8, 65, 3, 3))) {
        RandomState random = new RandomState(SEED);
        Layout layout = layout(shape);
        DeviceTensor x = scratch.put(ones(shape), layout);
        DeviceTensor y = scratch.empty(shape, layout);
        DeviceTensor dx = scratch.put(ones(shape), layout);
        DropoutOps ops = scratch.backend().dropout();
        try (Step forward = ops.forward(random, LAYER, 0.5f, true, x, y);
            Step backward = ops.backward(random, LAYER, 0.5f, true, x, dx)) {
          forward.run();
          float[] first = scratch.get(y).data();
          random.moveTo(1);
          forward.run();
          backward.run();
          float[] second = scratch.get(y).data();
          assertThat(second).isNotEqualTo(first);
          assertThat(scratch.get(dx).data()).containsExactly(second);
          random.moveTo(0);
          forward.run();
          assertThat(scratch.get(y).data()).containsExactly(first);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void worksInPlaceAndDropsInfinity(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      Tensor x = ones(Shape.of(3, 7));
      Arrays.fill(x.data(), Float.POSITIVE_INFINITY);
      DeviceTensor tensor = scratch.put(x);
      scratch.run(
          scratch
              .backend()
              .dropout()
              .backward(new RandomState(2), LAYER, 0.5f, false, tensor, tensor));
      for (float value : scratch.get(tensor).data()) {
        assertThat(value).isIn(0f, Float.POSITIVE_INFINITY);
      }
      assertThat(scratch.get(tensor).data()).contains(0, Float.POSITIVE_INFINITY);
    }
  }

  @Test
  void refusesWhatItCannotDo() {
    try (Scratch scratch = new Scratch(new ReferenceBackend())) {
      DropoutOps ops = scratch.backend().dropout();
      RandomState random = new RandomState(0);
      DeviceTensor x = scratch.put(Tensor.zeros(2, 3));
      DeviceTensor other = scratch.put(Tensor.zeros(3, 2));
      assertThatThrownBy(() -> ops.forward(random, 0, 1, false, x, x))
          .hasMessage("dropout forward: p is 1.0, expected 0 to below 1");
      assertThatThrownBy(() -> ops.backward(random, 0, Float.NaN, false, x, x))
          .hasMessage("dropout backward: p is NaN, expected 0 to below 1");
      assertThatThrownBy(() -> ops.forward(random, 0, 0.5f, false, x, other))
          .hasMessage("dropout forward: y has shape (3,2), expected (2,3)");
      DeviceTensor vector = scratch.put(Tensor.zeros(6));
      assertThatThrownBy(() -> ops.forward(random, 0, 0.5f, true, vector, vector))
          .hasMessage("dropout forward: x has shape (6), expected (N,C,H,W) or (N,C)");
      DeviceTensor plain = scratch.put(Tensor.zeros(1, 2, 3, 4));
      assertThatThrownBy(() -> ops.forward(random, 0, 0.5f, false, plain, plain))
          .hasMessageContaining("x (1,2,3,4) has layout PLAIN");
    }
  }

  private static float word(long index, int step) {
    int[] words = new int[4];
    Philox.block(SEED, ((long) step << 32) | LAYER, index / 4, words);
    return Philox.toUnitFloat(words[(int) (index % 4)]);
  }

  private static float[] apply(
      Scratch scratch, RandomState random, float p, boolean channels, Tensor x) {
    Layout layout = layout(x.shape());
    DeviceTensor y = scratch.empty(x.shape(), layout);
    DropoutOps ops = scratch.backend().dropout();
    scratch.run(ops.forward(random, LAYER, p, channels, scratch.put(x, layout), y));
    return scratch.get(y).data();
  }

  private static Layout layout(Shape shape) {
    return shape.rank() == 4 ? Layout.IMAGE : Layout.PLAIN;
  }

  private static Tensor ones(Shape shape) {
    Tensor tensor = Tensor.zeros(shape);
    Arrays.fill(tensor.data(), 1);
    return tensor;
  }
}
