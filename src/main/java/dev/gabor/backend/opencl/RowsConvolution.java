package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The forward pass by output rows, and filters of 1×1 as a plain matrix product in both directions,
 * for CPU drivers: {@code kernels-cl/convolution_rows.cl}. Filters must fill whole vectors.
 */
final class RowsConvolution implements ConvolutionAlgorithm {
  static final String NAME = "rows";

  private static final String PROGRAM = "convolution_rows";

  /** What the copied input rows may take: with the weights of a block, a first-level cache. */
  private static final int LINES_LIMIT_BYTES = 24 << 10;

  /** Blocks of pixels that a work-item of a 1×1 filter computes, most. */
  private static final int BLOCKS_PER_RUN = 16;

  /** Work-items of a 1×1 filter, least, so that the cores end together. */
  private static final int LEAST_RUNS = 64;

  /** Results above this are stored past the caches: a last-level cache, shared with others. */
  private static final long STREAM_BYTES = 16L << 20;

  private final Launcher launcher;

  RowsConvolution(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean supports(Convolution c, Pass pass) {
    if (c.groups() != 1) {
      return false;
    }
    return switch (pass) {
      case FORWARD ->
          block(c.k()).isPresent()
              && (isPointwise(c)
                  || (c.dilationH() == 1
                      && c.dilationW() == 1
                      && linesBytes(c) <= LINES_LIMIT_BYTES));
      case BACKWARD_DATA -> block(c.c()).isPresent() && isPointwise(c);
      case BACKWARD_WEIGHT -> false;
    };
  }

  @Override
  public long iterations(Convolution c, Pass pass) {
    int filters = pass == Pass.FORWARD ? c.k() : c.c();
    int channels = pass == Pass.FORWARD ? c.c() : c.k();
    RegisterBlock block = block(filters).orElseThrow();
    long strips = block.blocks(filters);
    long product = block.iterations();
    if (isPointwise(c)) {
      long blocks = run(c, block) / block.pixels();
      return strips * blocks * (channels + 3L) * product;
    }
    long blocks = ((long) c.q() + block.pixels() - 1) / block.pixels();
    long lines = linesBytes(c) / Float.BYTES + 3L * c.r();
    long sums = c.r() * (product * c.s() * channels + block.pixels() + 2);
    return lines + strips * blocks * (sums + 3 * product);
  }

  @Override
  public long workspaceBytes(Convolution c, Pass pass) {
    return pass == Pass.BACKWARD_DATA ? c.weightShape().size() * Float.BYTES : 0;
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
    RegisterBlock block = block(c.k()).orElseThrow();
    if (isPointwise(c)) {
      return product(block, c, c.c(), c.k(), x, weight, bias, y, activation);
    }
    return build(block, PROGRAM, false, activation)
        .tensor(x)
        .tensor(weight)
        .tensor(bias)
        .tensor(y)
        .local(linesBytes(c))
        .integers(c.c(), c.h(), c.w(), c.k(), c.r(), c.s(), c.p(), c.q())
        .integers(c.strideH(), c.strideW(), c.padH(), c.padW(), streams(c.yShape()))
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
    RegisterBlock block = block(c.c()).orElseThrow();
    return Launcher.sequence(
        build(block, PROGRAM + "_transpose", true, Activation.IDENTITY)
            .tensor(weight)
            .tensor(workspace)
            .integers(c.c(), c.k())
            .over(c.c(), c.k()),
        product(block, c, c.k(), c.c(), dy, workspace, DeviceTensor.NONE, dx, Activation.IDENTITY));
  }

  @Override
  public Step backwardWeight(
      Convolution c,
      DeviceTensor x,
      DeviceTensor dy,
      DeviceTensor dweight,
      DeviceTensor workspace) {
    throw new IllegalStateException(NAME + " does not compute backward-weight");
  }

  private Step product(
      RegisterBlock block,
      Convolution c,
      int channels,
      int filters,
      DeviceTensor from,
      DeviceTensor weight,
      DeviceTensor bias,
      DeviceTensor to,
      Activation activation) {
    int pixels = c.n() * c.h() * c.w();
    int run = run(c, block);
    return build(block, PROGRAM + "_pointwise", true, activation)
        .tensor(from)
        .tensor(weight)
        .tensor(bias)
        .tensor(to)
        .integers(pixels, channels, filters, run, streams(to.shape()))
        .floating(activation.alpha())
        .overGroups(new long[] {(pixels + run - 1) / run}, new long[] {1});
  }

  private Launcher.Binding build(
      RegisterBlock block, String kernel, boolean pointwise, Activation activation) {
    return launcher.kernel(
        PROGRAM,
        kernel,
        launcher.vector(),
        block.pixelsOption(),
        block.vectorsOption(),
        pointwise(pointwise),
        OpenClActivation.function(activation));
  }

  /** The block of most vectors that divides the filters, if any does. */
  private Optional<RegisterBlock> block(int filters) {
    return RegisterBlock.all(launcher.vectorLength()).stream()
        .filter(block -> block.padded(filters) == filters)
        .reduce((fewer, more) -> more);
  }

  /** The pixels of a work-item of a 1×1 filter. */
  private static int run(Convolution c, RegisterBlock block) {
    int blocks = (c.n() * c.h() * c.w() + block.pixels() - 1) / block.pixels();
    return Math.max(1, Math.min(BLOCKS_PER_RUN, blocks / LEAST_RUNS)) * block.pixels();
  }

  private static boolean isPointwise(Convolution c) {
    return c.r() == 1
        && c.s() == 1
        && c.strideH() == 1
        && c.strideW() == 1
        && c.padH() == 0
        && c.padW() == 0;
  }

  private static long linesBytes(Convolution c) {
    return (long) c.r() * ((c.q() - 1) * c.strideW() + c.s()) * c.c() * Float.BYTES;
  }

  private static int streams(Shape result) {
    return result.size() * Float.BYTES > STREAM_BYTES ? 1 : 0;
  }

  private static String pointwise(boolean is) {
    return "-DPOINTWISE=" + (is ? 1 : 0);
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    List<Variant> bare = new ArrayList<>();
    for (int length : Launcher.VECTORS) {
      for (RegisterBlock block : RegisterBlock.all(length)) {
        for (boolean is : new boolean[] {false, true}) {
          bare.add(
              Variant.cpuVector(PROGRAM, length)
                  .with(block.pixelsOption(), block.vectorsOption(), pointwise(is)));
        }
      }
    }
    return Variant.withActivations(bare);
  }
}
