package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.ArrayList;
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
    return columns * (c.c() / vector * taps + lastVector + 2) + 2;
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
    Correlation grid =
        new Correlation(c.n(), c.c(), 1, 1, c.h(), c.w(), c.p(), c.q())
            .rows(Taps.forward(c.p(), c.r(), c.strideH(), c.padH(), c.dilationH()))
            .columns(Taps.forward(c.q(), c.s(), c.strideW(), c.padW(), c.dilationW()));
    return correlate(grid, c.s(), activation, x, weight, bias, y);
  }

  @Override
  public Step backwardData(
      Convolution c,
      DeviceTensor dy,
      DeviceTensor weight,
      DeviceTensor dx,
      DeviceTensor workspace) {
    List<Step> steps = new ArrayList<>();
    for (int a = 0; a < Math.min(c.strideH(), c.h()); a++) {
      for (int b = 0; b < Math.min(c.strideW(), c.w()); b++) {
        Correlation grid =
            new Correlation(c.n(), c.c(), 1, 1, c.p(), c.q(), c.h(), c.w())
                .rows(Taps.backward(a, c.h(), c.r(), c.strideH(), c.padH(), c.dilationH()))
                .columns(Taps.backward(b, c.w(), c.s(), c.strideW(), c.padW(), c.dilationW()));
        steps.add(correlate(grid, c.s(), Activation.IDENTITY, dy, weight, DeviceTensor.NONE, dx));
      }
    }
    return Launcher.sequence(steps.toArray(Step[]::new));
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
            .integers(c.c(), c.h(), c.w(), c.s(), c.r() * c.s())
            .integers(
                c.p(),
                c.q(),
                c.strideH(),
                c.strideW(),
                c.padH(),
                c.padW(),
                c.dilationH(),
                c.dilationW())
            .integers(c.n() * c.p(), rowsPerPart(c))
            .overGroups(
                new long[] {(c.r() * c.s() + TAPS - 1) / TAPS, parts(c)}, new long[] {1, 1}),
        launcher
            .kernel(PROGRAM, PROGRAM + "_sum", launcher.vector())
            .tensor(workspace)
            .tensor(dweight)
            .integers(size, parts(c))
            .over(launcher.vectors(size)));
  }

  private Step correlate(
      Correlation grid,
      int filterColumns,
      Activation activation,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor bias,
      DeviceTensor y) {
    return launcher
        .kernel(PROGRAM, PROGRAM, launcher.vector(), OpenClActivation.function(activation))
        .tensor(x)
        .tensor(weight)
        .tensor(bias)
        .tensor(y)
        .integers(grid.sizes())
        .integers(filterColumns, launcher.stream(y.shape(), launcher.vectorLength()))
        .floating(activation.alpha())
        .overGroups(new long[] {grid.gridRows()}, new long[] {1});
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
