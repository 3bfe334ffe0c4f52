package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Output rows from copied input rows, and filters of 1×1 as a plain matrix product, for CPU
 * drivers: {@code kernels-cl/convolution_rows.cl}. Backward-data with stride 1 is the forward pass
 * of the reversed problem. The filters of a group must fill whole vectors, or one register block
 * takes all filters: then they are padded with zeros.
 */
final class RowsConvolution implements ConvolutionAlgorithm {
  static final String NAME = "rows";

  private static final String PROGRAM = "convolution_rows";

  /** Pixels up to which backward-data of a 1×1 filter does not transpose the weights. */
  private static final int FEW_PIXELS = 8;

  /** The same where a vector of channels, with all filters, stays in a first-level cache. */
  private static final int FEW_NEAR_PIXELS = 32;

  private static final int NEAR_FILTERS = 512;

  /** Channels of a work-item of theirs, as in the kernel file. */
  private static final int DOT_CHANNELS = 64;

  /**
   * Pixels up to which each block of channels transposes its weights itself, if there are blocks
   * for all cores.
   */
  private static final int TURNED_PIXELS = 512;

  /** Filters whose weights it transposes at a time: with 64 channels they stay in an L2. */
  private static final int TURNED_FILTERS = 256;

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
      case FORWARD -> RowsCut.of(c, launcher.vectorLength()).isPresent();
      case BACKWARD_DATA ->
          isReversible(c) && RowsCut.of(reversed(c), launcher.vectorLength()).isPresent();
      case BACKWARD_WEIGHT -> false;
    };
  }

  @Override
  public long iterations(Convolution c, Pass pass) {
    if (pass == Pass.BACKWARD_DATA && isDot(c)) {
      long length = launcher.vectorLength();
      long sums = c.k() / length * (length + 1) + 4 * length;
      return (DOT_CHANNELS / length + 1) * (RowsCut.pixels(c) + 1) * sums;
    }
    if (pass == Pass.BACKWARD_DATA && isTurned(c)) {
      return turnedIterations(c);
    }
    return cut(pass == Pass.FORWARD ? c : reversed(c)).iterations();
  }

  private long turnedIterations(Convolution c) {
    RegisterBlock block = cut(reversed(c)).block();
    int length = launcher.vectorLength();
    long chunks = (c.k() + TURNED_FILTERS - 1L) / TURNED_FILTERS;
    long squares = (long) block.vectors() * (TURNED_FILTERS / length + 1);
    long turning = squares * (length * (length + 2L) + length + 2);
    long sums = (TURNED_FILTERS + 3L) * block.iterations();
    return chunks * (turning + (RowsCut.pixels(c) / block.pixels() + 1) * sums);
  }

  @Override
  public long workspaceBytes(Convolution c, Pass pass) {
    if (pass == Pass.BACKWARD_DATA) {
      if (isTurned(c)) {
        return (long) c.c() * TURNED_FILTERS * Float.BYTES;
      }
      return isDot(c) ? 0 : cut(reversed(c)).weightBytes();
    }
    return cut(c).isPartial() ? cut(c).weightBytes() : 0;
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
    RowsCut cut = cut(c);
    if (!cut.isPartial()) {
      return correlate(cut, x, weight, bias, y, activation);
    }
    Step pad =
        build(cut, "_pad", Activation.IDENTITY)
            .tensor(weight)
            .tensor(workspace)
            .integers(c.k(), cut.weightRow())
            .over(cut.weightRow(), cut.weightRows());
    return Launcher.sequence(pad, correlate(cut, x, workspace, bias, y, activation));
  }

  /** The sums, of weights that are padded where they must be. */
  private Step correlate(
      RowsCut cut,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor bias,
      DeviceTensor y,
      Activation activation) {
    Convolution c = cut.problem();
    if (cut.form() == RowsCut.Form.POINTWISE) {
      int run = cut.run();
      int runs = (RowsCut.pixels(c) + run - 1) / run;
      // One strip reads its pixels once; several give work to all cores where there are few pixels.
      int strip = runs < RowsCut.LEAST_RUNS ? cut.block().padded(1) : c.k();
      return build(cut, "_pointwise", activation)
          .tensor(x)
          .tensor(weight)
          .tensor(bias)
          .tensor(y)
          .integers(RowsCut.pixels(c), c.c(), c.k(), run, strip, launcher.stream(c.yShape()))
          .floating(activation.alpha())
          .overGroups(new long[] {runs, (c.k() + strip - 1) / strip}, new long[] {1, 1});
    }
    return build(cut, "", activation)
        .tensor(x)
        .tensor(weight)
        .tensor(bias)
        .tensor(y)
        .local(cut.localBytes())
        .integers(c.groups(), c.groupChannels(), c.h(), c.w(), c.groupFilters())
        .integers(c.r(), c.s(), c.p(), c.q(), c.strideH(), c.strideW(), c.padH(), c.padW())
        .integers(c.dilationH(), c.dilationW(), launcher.stream(c.yShape()))
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
      return build(cut(reversed(c)), "_dot", Activation.IDENTITY)
          .tensor(dy)
          .tensor(weight)
          .tensor(dx)
          .integers(RowsCut.pixels(c), c.c(), c.k())
          .overGroups(new long[] {(c.c() + DOT_CHANNELS - 1) / DOT_CHANNELS}, new long[] {1});
    }
    RowsCut cut = cut(reversed(c));
    if (isTurned(c)) {
      return build(cut, "_turned", Activation.IDENTITY)
          .tensor(dy)
          .tensor(weight)
          .tensor(dx)
          .tensor(workspace)
          .integers(RowsCut.pixels(c), c.c(), c.k(), TURNED_FILTERS)
          .floating(Activation.IDENTITY.alpha())
          .overGroups(new long[] {cut.block().blocks(c.c())}, new long[] {1});
    }
    return Launcher.sequence(
        turn(c, cut, weight, workspace),
        correlate(cut, dy, workspace, DeviceTensor.NONE, dx, Activation.IDENTITY));
  }

  /** The weights as the reversed convolution reads them. */
  private Step turn(Convolution c, RowsCut cut, DeviceTensor weight, DeviceTensor turned) {
    if (cut.form() == RowsCut.Form.POINTWISE) {
      return build(cut, "_transpose", Activation.IDENTITY)
          .tensor(weight)
          .tensor(turned)
          .integers(c.c(), c.k())
          .over(launcher.vectors(c.c()), launcher.vectors(c.k()));
    }
    int row = cut.weightRow();
    int taps = c.r() * c.s();
    return build(cut, "_rotate", Activation.IDENTITY)
        .tensor(weight)
        .tensor(turned)
        .integers(taps, c.groupChannels(), c.groupFilters(), c.groups(), row)
        .over(row, c.groupFilters(), taps);
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

  private Launcher.Binding build(RowsCut cut, String suffix, Activation activation) {
    return launcher.kernel(
        PROGRAM,
        PROGRAM + suffix,
        launcher.vector(),
        cut.block().pixelsOption(),
        cut.block().vectorsOption(),
        cut.form().pointwise(),
        cut.form().partial(),
        OpenClActivation.function(activation));
  }

  private RowsCut cut(Convolution c) {
    return RowsCut.of(c, launcher.vectorLength()).orElseThrow();
  }

  /** Whether backward-data of so few pixels is done without transposing the weights. */
  private boolean isDot(Convolution c) {
    return RowsCut.isPointwise(c)
        && RowsCut.pixels(c) <= (c.k() <= NEAR_FILTERS ? FEW_NEAR_PIXELS : FEW_PIXELS)
        && c.k() % launcher.vectorLength() == 0;
  }

  /** Whether backward-data transposes weights block by block. */
  private boolean isTurned(Convolution c) {
    if (!RowsCut.isPointwise(c) || isDot(c) || RowsCut.pixels(c) > TURNED_PIXELS) {
      return false;
    }
    int blocks = cut(reversed(c)).block().blocks(c.c());
    return blocks >= launcher.context().device().computeUnits();
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

  /** The builds of its kernels. */
  static List<Variant> variants() {
    List<Variant> bare = new ArrayList<>();
    for (int length : Launcher.VECTORS) {
      for (RegisterBlock block : RegisterBlock.all(length)) {
        for (RowsCut.Form form : RowsCut.Form.values()) {
          bare.add(
              Variant.cpuVector(PROGRAM, length)
                  .with(
                      block.pixelsOption(),
                      block.vectorsOption(),
                      form.pointwise(),
                      form.partial()));
        }
      }
    }
    return Variant.withActivations(bare);
  }
}
