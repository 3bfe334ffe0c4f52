package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.SoftmaxOps;
import dev.gabor.backend.Step;
import dev.gabor.tensor.Shape;
import java.util.List;

/** Launches {@code kernels-cl/softmax.cl}: a work-group for each sample, or for some on a CPU. */
final class OpenClSoftmax extends SoftmaxOps {
  private static final String PROGRAM = "softmax";

  /** A pipeline of fewer rows is seldom full. */
  private static final int FEWEST_ROWS = 8;

  private static final int MOST_ROWS = 32;
  private static final int GROUPS_OF_UNIT = 2;

  /** Two rows of at most 8 KB, half of the local memory that every device has. */
  private static final int LONGEST_PIPELINED = 1 << 11;

  private final Launcher launcher;

  OpenClSoftmax(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  protected Step bindForward(DeviceTensor x, DeviceTensor y, boolean logarithm) {
    int stream = launcher.streamByMany(x.shape());
    int rowsPerGroup = rowsPerGroup(x.shape());
    if (rowsPerGroup >= FEWEST_ROWS && stream == 0) {
      return bindPipelined(x, y, logarithm, rowsPerGroup);
    }
    boolean keeps = RowGroups.keeps(x.shape().length(1));
    Launcher.Binding binding =
        launcher.kernel(
            PROGRAM, keeps ? "softmax_forward" : "softmax_forward_plain", launcher.vector());
    return bind(binding.tensor(x).tensor(y), x, logarithm, keeps, stream);
  }

  private Step bindPipelined(DeviceTensor x, DeviceTensor y, boolean logarithm, int rowsPerGroup) {
    int samples = x.shape().length(0);
    int features = x.shape().length(1);
    long kept = (long) launcher.vectors(features) * launcher.vectorLength() * Float.BYTES;
    return launcher
        .kernel(PROGRAM, "softmax_forward_pipelined", launcher.vector())
        .tensor(x)
        .tensor(y)
        .local(kept)
        .local(kept)
        .integers(samples, rowsPerGroup, features, logarithm ? 1 : 0)
        .overGroups(new long[] {(samples + rowsPerGroup - 1) / rowsPerGroup}, new long[] {1});
  }

  /** Rows that one work-item walks; 0 where it would not fill a vector or keep too much. */
  private int rowsPerGroup(Shape shape) {
    int features = shape.length(1);
    if (!launcher.isCpu() || features < launcher.vectorLength() || features > LONGEST_PIPELINED) {
      return 0;
    }
    int groups = GROUPS_OF_UNIT * launcher.context().device().computeUnits();
    return Math.min(MOST_ROWS, shape.length(0) / groups);
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
