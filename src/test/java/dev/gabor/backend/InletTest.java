package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.opencl.LiveObjects;
import dev.gabor.tensor.Shape;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InletTest {
  private static final Inlet.Form IMAGES = new Inlet.Form(Shape.of(2, 3, 5, 7), Layout.IMAGE);
  private static final Inlet.Form TARGET = new Inlet.Form(Shape.of(2), Layout.PLAIN);

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void whatIsFilledInByAnotherThreadIsWhatStepsRead(Backends.Opener opener)
      throws InterruptedException {
    try (Backend backend = opener.open();
        Inlet inlet = backend.inlet(2, List.of(IMAGES, TARGET));
        Memory memory = backend.allocate(backend.sizeBytes(IMAGES.shape(), IMAGES.layout()))) {
      assertThat(inlet.sizeBytes()).isEqualTo(2 * 4 * (2 * 3 * 5 * 7 + 2));
      assertThat(inlet.isDrained()).isTrue();
      DeviceTensor sum = memory.tensor(0, IMAGES.shape(), IMAGES.layout());
      int rounds = 9;
      for (int round = 1; round <= rounds; round++) {
        int place = round % 2;
        float[] images = numbers(IMAGES.shape(), round);
        float[] target = numbers(TARGET.shape(), round);
        Thread other = new Thread(() -> inlet.fill(place, images, target));
        other.start();
        other.join();
        try (Step add = backend.elementwise().add(inlet.tensors(0).get(place), sum, sum)) {
          add.run();
        }
        assertThat(read(backend, inlet.tensors(1).get(place))).isEqualTo(target);
        inlet.release(place);
      }
      float[] total = read(backend, sum);
      backend.finish();
      assertThat(inlet.isDrained()).isTrue();
      for (int i = 0; i < total.length; i++) {
        assertThat(total[i]).isEqualTo(rounds * i + rounds * (rounds + 1) / 2);
      }
    }
    assertThat(LiveObjects.count()).as(LiveObjects.describe()).isZero();
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void moreThanAPlaceHoldsIsRefused(Backends.Opener opener) {
    try (Backend backend = opener.open();
        Inlet inlet = backend.inlet(1, List.of(TARGET))) {
      assertThatThrownBy(() -> inlet.fill(0, new float[1]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("upload of 2 floats from an array of 1");
    }
  }

  private static float[] numbers(Shape shape, int first) {
    float[] numbers = new float[shape.arrayLength()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = first + i;
    }
    return numbers;
  }

  private static float[] read(Backend backend, DeviceTensor tensor) {
    float[] elements = new float[tensor.shape().arrayLength()];
    backend.read(tensor, elements);
    return elements;
  }
}
