package dev.gabor.backend.opencl;

import dev.gabor.backend.CeilingOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import dev.gabor.opencl.Device;
import dev.gabor.opencl.Feature;
import dev.gabor.opencl.FeatureProbe;
import dev.gabor.opencl.Program;
import dev.gabor.opencl.ProgramSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Launches {@code kernels-cl/ceilings.cl} and {@code ceilings_half.cl}. */
final class OpenClCeilings extends CeilingOps {
  /** Vectors of one work-item in the multiply-add kernel, as in the kernel file. */
  private static final int CHAINS = 12;

  private static final int GPU_ITEMS = 64;

  private final Launcher launcher;
  private Optional<Boolean> half = Optional.empty();

  OpenClCeilings(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  protected Step bindMultiplyAdd(DeviceTensor x, DeviceTensor y, int rounds, float a, float b) {
    return chains(kernel("ceilings_multiply_add"), x, y, rounds, a, b);
  }

  @Override
  public boolean hasHalf() {
    if (half.isEmpty()) {
      Device device = launcher.context().device();
      half =
          Optional.of(
              Feature.FP16.isClaimedBy(device)
                  && FeatureProbe.problem(device, Feature.FP16).isEmpty());
    }
    return half.get();
  }

  @Override
  protected Step bindMultiplyAddHalf(DeviceTensor x, DeviceTensor y, int rounds, float a, float b) {
    return chainsIn("half", x, y, rounds, a, b);
  }

  /** The chains of {@code ceilings_half.cl} in half precision, or in another type for tests. */
  Step chainsIn(String type, DeviceTensor x, DeviceTensor y, int rounds, float a, float b) {
    Program program =
        launcher
            .context()
            .build(ProgramSource.of("ceilings_half", launcher.vector(), "-DHALF=" + type));
    return chains(launcher.kernel(program, "ceilings_half_multiply_add"), x, y, rounds, a, b);
  }

  private Step chains(
      Launcher.Binding kernel, DeviceTensor x, DeviceTensor y, int rounds, float a, float b) {
    int size = x.shape().arrayLength();
    // On CPU drivers one item a group, or the driver merges items and runs out of registers.
    int items = isCpu() ? 1 : GPU_ITEMS;
    return kernel
        .tensor(x)
        .tensor(y)
        .integers(size, rounds)
        .floating(a)
        .floating(b)
        .overGroups(
            new long[] {ceilDivide(launcher.vectors(size), CHAINS * items)}, new long[] {items});
  }

  @Override
  protected Step bindCopy(DeviceTensor x, DeviceTensor y) {
    int size = x.shape().arrayLength();
    return kernel("ceilings_copy")
        .tensor(x)
        .tensor(y)
        .integers(size, launcher.stream(y.shape()))
        .over(launcher.vectors(size));
  }

  @Override
  protected Step bindRead(DeviceTensor x, DeviceTensor partial) {
    int size = x.shape().arrayLength();
    int parts = partial.shape().arrayLength();
    int count = ceilDivide(launcher.vectors(size), parts);
    // A core of a CPU wants its own contiguous range, neighbouring items of a GPU neighbouring
    // vectors.
    int start = isCpu() ? count : 1;
    int step = isCpu() ? 1 : parts;
    return kernel("ceilings_read")
        .tensor(x)
        .tensor(partial)
        .integers(size, parts, count, start, step)
        .over(parts);
  }

  @Override
  protected Step bindFill(DeviceTensor y, float value) {
    int size = y.shape().arrayLength();
    return kernel("ceilings_fill")
        .tensor(y)
        .integers(size, launcher.stream(y.shape()))
        .floating(value)
        .over(launcher.vectors(size));
  }

  @Override
  protected Step bindLocal(DeviceTensor x, DeviceTensor y, int rounds) {
    return kernel("ceilings_local")
        .tensor(x)
        .tensor(y)
        .integers(rounds)
        .overGroups(
            new long[] {x.shape().size() / TILE}, new long[] {TILE / launcher.vectorLength()});
  }

  private Launcher.Binding kernel(String name) {
    return launcher.kernel("ceilings", name, launcher.vector());
  }

  private boolean isCpu() {
    return launcher.context().device().isCpu();
  }

  private static int ceilDivide(int count, int by) {
    return (count + by - 1) / by;
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return Stream.of("ceilings", "ceilings_half")
        .flatMap(program -> Variant.vectors(program).stream())
        .toList();
  }
}
