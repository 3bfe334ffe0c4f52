package dev.gabor.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Scratch;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.OpenCl;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernel of the half-precision ceiling, in float where a device has nothing else. */
class HalfCeilingTest {
  static Iterable<Device> devices() {
    assertThat(OpenCl.devices()).isNotEmpty();
    return OpenCl.devices();
  }

  @ParameterizedTest
  @MethodSource("devices")
  void chainsEveryElement(Device device) {
    OpenClBackend backend = new OpenClBackend(device);
    OpenClCeilings ceilings = (OpenClCeilings) backend.ceilings();
    String type = ceilings.hasHalf() ? "half" : "float";
    try (Scratch scratch = new Scratch(backend)) {
      for (int size : new int[] {1, 13, 191, 192, 1000}) {
        Tensor x = Scratch.integers(Shape.of(size), size);
        DeviceTensor y = scratch.empty(x.shape(), Layout.PLAIN);
        scratch.run(ceilings.chainsIn(type, scratch.put(x), y, 24, 1, 3));
        float[] actual = scratch.get(y).data();
        for (int i = 0; i < size; i++) {
          assertThat(actual[i]).isEqualTo(x.data()[i] + 72);
        }
      }
    }
  }
}
