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
 * Output rows from copied input rows, and filters of 1×1 as a plain matrix product, for CPU
 * drivers: {@code kernels-cl/convolution_rows.cl}. Backward-data with stride 1 is the forward pass
 * of the reversed problem. The filters of a group must fill whole vectors.
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

  /** Pixels for which backward-data of a 1×1 filter does not transpose the weights. */
  private static final int FEW_PIXELS = 8;

  /** Channels of a work-item of theirs, as in the kernel file. */
  private static final int DOT_CHANNELS = 64;

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
    return switch (pass) {
      case FORWARD -> fits(c);
      case BACKWARD_DATA -> isReversible(c) && fits(reversed(c));
      case BACKWARD_WEIGHT -> false;
    };
  }

  private boolean fits(Convolution c) {
    return block(c.groupFilters()).isPresent()
        && (isPointwise(c) || linesBytes(c) <= LINES_LIMIT_BYTES);
  }

  @Override
  public long iterations(Convolution c, Pass pass) {
    if (pass == Pass.BACKWARD_DATA && isDot(c)) {
      long vectors = c.k() / launcher.vectorLength() + 2L;
      return DOT_CHANNELS * (pixels(c) * vectors + 1);
    }
    return pass == Pass.FORWARD ? iterations(c) : iterations(reversed(c));
  }

  private long iterations(Convolution c) {
    RegisterBlock block = block(c.groupFilters()).orElseThrow();
    long strips = (long) c.groups() * block.blocks(c.groupFilters());
    long product = block.iterations();
    if (isPointwise(c)) {
      long blocks = run(c, block) / block.pixels();
      return strips * blocks * (c.c() + 3L) * product;
    }
    long blocks = ((long) c.q() + block.pixels() - 1) / block.pixels();
    long lines = linesBytes(c) / Float.BYTES + 3L * c.r();
    long sums = c.r() * (c.s() * (product * c.groupChannels() + 1) + block.pixels() + 2);
    return lines + strips * blocks * (sums + 3 * product);
  }

  @Override
  public long workspaceBytes(Convolution c, Pass pass) {
    return pass == Pass.BACKWARD_DATA && !isDot(c) ? c.weightShape().size() * Float.BYTES : 0;
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
    RegisterBlock block = block(c.groupFilters()).orElseThrow();
    if (isPointwise(c)) {
      int run = run(c, block);
      int runs = (pixels(c) + run - 1) / run;
      // One strip reads its pixels once; several give work to all cores where there are few pixels.
      int strip = runs < LEAST_RUNS ? block.padded(1) : c.k();
      return build(block, PROGRAM + "_pointwise", true, activation)
          .tensor(x)
          .tensor(weight)
          .tensor(bias)
          .tensor(y)
          .integers(pixels(c), c.c(), c.k(), run, strip, streams(c.yShape()))
          .floating(activation.alpha())
          .overGroups(new long[] {runs, (c.k() + strip - 1) / strip}, new long[] {1, 1});
    }
    return build(block, PROGRAM, false, activation)
        .tensor(x)
        .tensor(weight)
        .tensor(bias)
        .tensor(y)
        .local(linesBytes(c))
        .integers(c.groups(), c.groupChannels(), c.h(), c.w(), c.groupFilters())
        .integers(c.r(), c.s(), c.p(), c.q(), c.strideH(), c.strideW(), c.padH(), c.padW())
        .integers(c.dilationH(), c.dilationW(), streams(c.yShape()))
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
    if (isDot(c)) {
      return build(block(c.c()).orElseThrow(), PROGRAM + "_dot", true, Activation.IDENTITY)
          .tensor(dy)
          .tensor(weight)
          .tensor(dx)
          .integers(pixels(c), c.c(), c.k())
          .overGroups(new long[] {(c.c() + DOT_CHANNELS - 1) / DOT_CHANNELS}, new long[] {1});
    }
    Convolution reversed = reversed(c);
    return Launcher.sequence(
        turn(c, weight, workspace),
        forward(
            reversed,
            dy,
            workspace,
            DeviceTensor.NONE,
            dx,
            DeviceTensor.NONE,
            Activation.IDENTITY));
  }

  /** The weights as the reversed convolution reads them. */
  private Step turn(Convolution c, DeviceTensor weight, DeviceTensor turned) {
    RegisterBlock block = block(c.groupChannels()).orElseThrow();
    if (isPointwise(c)) {
      return build(block, PROGRAM + "_transpose", true, Activation.IDENTITY)
          .tensor(weight)
          .tensor(turned)
          .integers(c.c(), c.k())
          .over(launcher.vectors(c.c()), launcher.vectors(c.k()));
    }
    int taps = c.r() * c.s();
    return build(block, PROGRAM + "_rotate", false, Activation.IDENTITY)
        .tensor(weight)
        .tensor(turned)
        .integers(taps, c.groupChannels(), c.groupFilters(), c.groups())
        .over(c.c(), c.groupFilters(), taps);
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
    return RegisterBlock.dividing(filters, launcher.vectorLength());
  }

  /** Whether backward-data of so few pixels is done without transposing the weights. */
  private boolean isDot(Convolution c) {
    return isPointwise(c) && pixels(c) <= FEW_PIXELS && c.k() % launcher.vectorLength() == 0;
  }

  /** Whether backward-data is a convolution of dy: no stride, no more padding than filter. */
  private static boolean isReversible(Convolution c) {
    return c.strideH() == 1
        && c.strideW() == 1
        && c.padH() <= c.dilationH() * (c.r() - 1)
        && c.padW() <= c.dilationW() * (c.s() - 1);
  }

  /** The convolution of dy that gives dx. */
  private static Convolution reversed(Convolution c) {
    return new Convolution(
        c.n(),
        c.k(),
        c.p(),
        c.q(),
        c.c(),
        c.r(),
        c.s(),
        1,
        1,
        c.dilationH() * (c.r() - 1) - c.padH(),
        c.dilationW() * (c.s() - 1) - c.padW(),
        c.dilationH(),
        c.dilationW(),
        c.groups());
  }

  /** The pixels of a work-item of a 1×1 filter. */
  private static int run(Convolution c, RegisterBlock block) {
    int blocks = (pixels(c) + block.pixels() - 1) / block.pixels();
    return Math.max(1, Math.min(BLOCKS_PER_RUN, blocks / LEAST_RUNS)) * block.pixels();
  }

  private static int pixels(Convolution c) {
    return c.n() * c.h() * c.w();
  }

  private static boolean isPointwise(Convolution c) {
    return c.groups() == 1
        && c.r() == 1
        && c.s() == 1
        && c.strideH() == 1
        && c.strideW() == 1
        && c.padH() == 0
        && c.padW() == 0;
  }

  private static long linesBytes(Convolution c) {
    long columns = (c.q() - 1L) * c.strideW() + (c.s() - 1L) * c.dilationW() + 1;
    return c.r() * columns * c.c() * Float.BYTES;
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
