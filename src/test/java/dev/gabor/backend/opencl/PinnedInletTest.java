package dev.gabor.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.backend.Inlet;
import dev.gabor.backend.Layout;
import dev.gabor.opencl.LiveObjects;
import dev.gabor.opencl.OpenCl;
import dev.gabor.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What devices with memory of their own do, on those that are here. */
class PinnedInletTest {
  @Test
  void uploadsThroughPinnedMemoryArrive() {
    Inlet.Form small = new Inlet.Form(Shape.of(3), Layout.PLAIN);
    Inlet.Form large = new Inlet.Form(Shape.of(2, 3, 4, 5), Layout.IMAGE);
    OpenCl.devices()
        .forEach(
            device -> {
              try (OpenClBackend backend = new OpenClBackend(device);
                  Inlet inlet = backend.inlet(2, List.of(small, large), true)) {
                for (int place = 0; place < 2; place++) {
                  float[] few = {1 + place, 2, 3};
                  float[] many = new float[120];
                  for (int i = 0; i < many.length; i++) {
                    many[i] = i - 7 * place;
                  }
                  inlet.fill(place, few, many);
                  inlet.release(place);
                  float[] found = new float[3];
                  backend.read(inlet.tensors(0).get(place), found);
                  assertThat(found).isEqualTo(few);
                  float[] foundMany = new float[120];
                  backend.read(inlet.tensors(1).get(place), foundMany);
                  assertThat(foundMany).isEqualTo(many);
                }
              }
            });
    assertThat(OpenCl.devices()).isNotEmpty();
    assertThat(LiveObjects.count()).as(LiveObjects.describe()).isZero();
  }
}
