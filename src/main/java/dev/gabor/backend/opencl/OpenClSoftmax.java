package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.SoftmaxOps;
import dev.gabor.backend.Step;
import java.util.List;

/** Launches {@code kernels-cl/softmax.cl}: one work-group for each sample. */
final class OpenClSoftmax extends SoftmaxOps {
  private static final String PROGRAM = "softmax";

  private final Launcher launcher;

  OpenClSoftmax(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  protected Step bindForward(DeviceTensor x, DeviceTensor y, boolean logarithm) {
    boolean keeps = RowGroups.keeps(x.shape().length(1));
    Launcher.Binding binding =
        launcher.kernel(
            PROGRAM, keeps ? "softmax_forward" : "softmax_forward_plain", launcher.vector());
    int stream = launcher.streamByMany(x.shape());
    return bind(binding.tensor(x).tensor(y), x, logarithm, keeps, stream);
  }

  @Override
  protected Step bindBackward(DeviceTensor y, DeviceTensor dy, DeviceTensor dx, boolean logarithm) {
    Launcher.Binding binding = launcher.kernel(PROGRAM, "softmax_backward", launcher.vector());
    int stream = launcher.stream(y.shape());
    return bind(binding.tensor(y).tensor(dy).tensor(dx), y, logarithm, false, stream);
  }

  private Step bind(
      Launcher.Binding binding, DeviceTensor shaped, boolean logarithm, boolean keeps, int stream) {
    int features = shaped.shape().length(1);
    RowGroups rows =
        RowGroups.of(launcher, binding, shaped.shape().length(0), launcher.vectors(features));
    binding.local(rows.sharedBytes());
    if (keeps) {
      binding.local(RowGroups.keptBytes(launcher, features));
    }
    return rows.launch(binding.integers(features, logarithm ? 1 : 0, stream));
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return Variant.vectors(PROGRAM);
  }
}
