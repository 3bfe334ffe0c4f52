package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.SoftmaxOps;
import dev.gabor.backend.Step;
import java.util.List;
import java.util.Optional;

/** Launches {@code kernels-cl/softmax.cl}: a work-group for each sample, or for some on a CPU. */
final class OpenClSoftmax extends SoftmaxOps {
  private static final String PROGRAM = "softmax";

  private final Launcher launcher;

  OpenClSoftmax(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  protected Step bindForward(DeviceTensor x, DeviceTensor y, boolean logarithm) {
    Optional<PipelinedRows> pipelined = PipelinedRows.of(launcher, x.shape());
    if (pipelined.isPresent()) {
      return bindPipelined(x, y, logarithm, pipelined.get());
    }
    boolean keeps = RowGroups.keeps(x.shape().length(1));
    Launcher.Binding binding =
        launcher.kernel(
            PROGRAM, keeps ? "softmax_forward" : "softmax_forward_plain", launcher.vector());
    int stream = launcher.streamByMany(x.shape());
    return bind(binding.tensor(x).tensor(y), x, logarithm, keeps, stream);
  }

  private Step bindPipelined(
      DeviceTensor x, DeviceTensor y, boolean logarithm, PipelinedRows rows) {
    Launcher.Binding binding =
        launcher.kernel(PROGRAM, "softmax_forward_pipelined", launcher.vector());
    binding.tensor(x).tensor(y).local(rows.keptBytes()).local(rows.keptBytes());
    binding.integers(rows.rows(), rows.rowsPerGroup(), x.shape().length(1), logarithm ? 1 : 0);
    return rows.launch(binding);
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
