package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.List;
import java.util.stream.Stream;

/**
 * Depthwise convolution row by row, for CPU drivers: {@code
 * kernels-cl/convolution_depthwise_rows.cl}.
 */
final class DepthwiseRowsConvolution implements ConvolutionAlgorithm {
  static final String NAME = "depthwise_rows";

  private static final String PROGRAM = "convolution_depthwise_rows";

  /** Floats of x, and about as many of dy, that a part of backward-weight reads at least. */
  private static final int FLOATS_PER_PART = 1 << 15;

  /** More parts are not worth their sums. */
  private static final int MOST_PARTS = 64;

  /** Filter elements of a work-item of backward-weight, as in the kernel file. */
  private static final int TAPS = 9;

  /** Fewer channels take as long as so many. */
  private static final int LEAST_CHANNELS = 32;

  /** Pixels that share each weight that is read, as in the kernel file. */
  private static final int PIXELS = 4;

  private final Launcher launcher;

  DepthwiseRowsConvolution(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean supports(Convolution c, Pass pass) {
    return c.groups() == c.c() && c.k() == c.c();
  }

  @Override
  public long iterations(Convolution c, Pass pass) {
    int columns = pass == Pass.BACKWARD_DATA ? c.w() : c.q();
    int vector = launcher.vectorLength();
    if (pass == Pass.BACKWARD_WEIGHT) {
      long blocks = c.c() / vector * (TAPS + 2L) + (TAPS + 1L) * (vector + 2L);
      return columns * blocks * (Math.min(rowsPerPart(c), c.n() * c.p()) + 1);
    }
    long taps = c.r() * (c.s() * (PIXELS + 2L) + 2) + 3 * PIXELS;
    long lastVector = taps + vector * (2L * c.r() * c.s() + PIXELS + 1);
    // Backward-data finds the taps of a row and of each remainder by the stride of its columns.
    long axes = 2L * (c.strideH() + 1) + c.strideW() * (2L * (c.strideW() + 1) + 2);
    return columns * (c.c() / vector * taps + lastVector + 2) + axes;
  }

  @Override
  public long workspaceBytes(Convolution c, Pass pass) {
    return pass == Pass.BACKWARD_WEIGHT ? parts(c) * c.weightShape().size() * Float.BYTES : 0;
  }

  @Override
  public Step forward(
      Convolution c,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor bias,
      DeviceTensor y,
      DeviceTensor workspace,
      Activation activation) {
    return launcher
        .kernel(PROGRAM, PROGRAM, launcher.vector(), OpenClActivation.function(activation))
        .tensor(x)
        .tensor(weight)
        .tensor(bias)
        .tensor(y)
        .integers(ConvolutionAlgorithm.sizes(c))
        .integers(launcher.stream(y.shape(), launcher.vectorLength()))
        .floating(activation.alpha())
        .overGroups(new long[] {(long) c.n() * c.p()}, new long[] {1});
  }

  @Override
  public Step backwardData(
      Convolution c,
      DeviceTensor dy,
      DeviceTensor weight,
      DeviceTensor dx,
      DeviceTensor workspace) {
    return launcher
        .kernel(PROGRAM, PROGRAM + "_backward_data", launcher.vector())
        .tensor(dy)
        .tensor(weight)
        .tensor(dx)
        .integers(ConvolutionAlgorithm.sizes(c))
        .integers(launcher.stream(dx.shape(), launcher.vectorLength()))
        .overGroups(new long[] {(long) c.n() * c.h()}, new long[] {1});
  }

  @Override
  public Step backwardWeight(
      Convolution c,
      DeviceTensor x,
      DeviceTensor dy,
      DeviceTensor dweight,
      DeviceTensor workspace) {
    int size = dweight.shape().arrayLength();
    return Launcher.sequence(
        launcher
            .kernel(PROGRAM, PROGRAM + "_backward_weight", launcher.vector())
            .tensor(x)
            .tensor(dy)
            .tensor(workspace)
            .integers(ConvolutionAlgorithm.sizes(c))
            .integers(rowsPerPart(c))
            .overGroups(
                new long[] {(c.r() * c.s() + TAPS - 1) / TAPS, parts(c)}, new long[] {1, 1}),
        launcher
            .kernel(PROGRAM, PROGRAM + "_sum", launcher.vector())
            .tensor(workspace)
            .tensor(dweight)
            .integers(size, parts(c))
            .over(launcher.vectors(size)));
  }

  private static int rowsPerPart(Convolution c) {
    int floats = c.w() * Math.max(LEAST_CHANNELS, c.c()) * c.strideH();
    int rows = c.n() * c.p();
    return Math.max(Math.max(1, FLOATS_PER_PART / floats), (rows + MOST_PARTS - 1) / MOST_PARTS);
  }

  private static int parts(Convolution c) {
    return (c.n() * c.p() + rowsPerPart(c) - 1) / rowsPerPart(c);
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    List<Variant> bare =
        Launcher.VECTORS.stream().map(length -> Variant.cpuVector(PROGRAM, length)).toList();
    return Stream.concat(bare.stream(), Variant.withActivations(bare).stream()).toList();
  }
}
