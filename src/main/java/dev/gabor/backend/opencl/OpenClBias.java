package dev.gabor.backend.opencl;

import dev.gabor.backend.BiasOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import dev.gabor.tensor.Shape;
import java.util.List;

/** Launches {@code kernels-cl/bias.cl}. */
final class OpenClBias extends BiasOps {
  /** Parts of the sum: enough work-items for a GPU, few enough that the last sum is short. */
  private static final int PARTS = 128;

  /** Rows up to which one part takes less time than the launch that adds up several. */
  private static final int CPU_FEW_ROWS = 256;

  private static final int GPU_FEW_ROWS = 32;

  /** Loop iterations of a work-item: llvmpipe ends all its loops, in silence, after 65535. */
  private static final int MOST_ROWS = 1 << 15;

  /** Vectors of a block where they are longer than those of GPUs, as in the kernel file. */
  private static final int VECTORS = 4;

  private final Launcher launcher;

  OpenClBias(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  public long workspaceBytes(Shape shape) {
    int parts = parts(rows(shape));
    return parts == 1 ? 0 : (long) parts * shape.length(1) * Float.BYTES;
  }

  @Override
  protected Step bindForward(DeviceTensor x, DeviceTensor bias, DeviceTensor y) {
    int channels = x.shape().length(1);
    return launcher
        .kernel("bias", "bias_forward", launcher.vector())
        .tensor(x)
        .tensor(bias)
        .tensor(y)
        .integers(channels, launcher.stream(y.shape(), launcher.vectorLength()))
        .over(launcher.vectors(channels), rows(x.shape()));
  }

  @Override
  protected Step bindBackward(DeviceTensor dy, DeviceTensor dbias, DeviceTensor workspace) {
    int channels = dy.shape().length(1);
    int rows = rows(dy.shape());
    int parts = parts(rows);
    Step sumOfPart =
        launcher
            .kernel("bias", "bias_backward_parts", launcher.vector())
            .tensor(dy)
            .tensor(parts == 1 ? dbias : workspace)
            .integers(rows, channels, rowsPerPart(rows))
            .over(blocks(channels), parts);
    if (parts == 1) {
      return sumOfPart;
    }
    return Launcher.sequence(
        sumOfPart,
        launcher
            .kernel("bias", "bias_backward_sum", launcher.vector())
            .tensor(workspace)
            .tensor(dbias)
            .integers(channels, parts)
            .over(channels));
  }

  /** Blocks of channels that a work-item sums at a time. */
  private int blocks(int channels) {
    int vectors = launcher.vectorLength() > Launcher.GPU_VECTOR ? VECTORS : 1;
    return (launcher.vectors(channels) + vectors - 1) / vectors;
  }

  private static int rows(Shape shape) {
    return Math.toIntExact(shape.size() / shape.length(1));
  }

  private int rowsPerPart(int rows) {
    int few = launcher.isCpu() ? CPU_FEW_ROWS : GPU_FEW_ROWS;
    return rows <= few ? rows : Math.min(MOST_ROWS, (rows + PARTS - 1) / PARTS);
  }

  private int parts(int rows) {
    int rowsPerPart = rowsPerPart(rows);
    return (rows + rowsPerPart - 1) / rowsPerPart;
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return Variant.vectors("bias");
  }
}
