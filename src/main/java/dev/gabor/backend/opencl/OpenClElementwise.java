package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.ElementwiseOps;
import dev.gabor.backend.Step;
import java.util.List;

/** Launches {@code kernels-cl/elementwise.cl}. */
final class OpenClElementwise extends ElementwiseOps {
  private final Launcher launcher;

  OpenClElementwise(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  protected Step bindAdd(DeviceTensor a, DeviceTensor b, DeviceTensor y) {
    return bind("elementwise_add", a, b, y);
  }

  @Override
  protected Step bindMultiply(DeviceTensor a, DeviceTensor b, DeviceTensor y) {
    return bind("elementwise_multiply", a, b, y);
  }

  private Step bind(String kernel, DeviceTensor a, DeviceTensor b, DeviceTensor y) {
    int size = y.shape().arrayLength();
    return launcher
        .kernel("elementwise", kernel, launcher.vector())
        .tensor(a)
        .tensor(b)
        .tensor(y)
        .integers(size, launcher.stream(y.shape()))
        .over(launcher.vectors(size));
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return Variant.vectors("elementwise");
  }
}
