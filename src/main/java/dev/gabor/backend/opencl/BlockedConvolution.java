package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Register blocks for CPU drivers: {@code kernels-cl/convolution_blocked.cl}. Weights are packed to
 * whole blocks first where their filters do not fill them, and transposed for backward-data;
 * backward-weight is {@link BlockedGradient}'s.
 */
final class BlockedConvolution implements ConvolutionAlgorithm {
  static final String NAME = "blocked";

  private static final String PROGRAM = "convolution_blocked";

  /**
   * Loop iterations of a work-item before and after its sum: preparing, storing partial vectors.
   */
  private static final int ITERATIONS_AROUND = 800;

  private final Launcher launcher;
  private final Optional<RegisterBlock> forced;

  BlockedConvolution(Launcher launcher) {
    this(launcher, Optional.empty());
  }

  private BlockedConvolution(Launcher launcher, Optional<RegisterBlock> forced) {
    this.launcher = launcher;
    this.forced = forced;
  }

  /** Blocks of registers that the filters fill at least in part, other than its own choice. */
  @Override
  public List<String> parameters(Convolution c, Pass pass) {
    int filters = pass == Pass.BACKWARD_DATA ? c.groupChannels() : c.groupFilters();
    return RegisterBlock.all(launcher.vectorLength()).stream()
        .filter(block -> block.vectors() <= launcher.vectors(filters))
        .filter(block -> !block.equals(block(filters)))
        .map(RegisterBlock::title)
        .toList();
  }

  @Override
  public ConvolutionAlgorithm with(String parameters) {
    return new BlockedConvolution(
        launcher, Optional.of(RegisterBlock.parse(parameters, launcher.vectorLength())));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean supports(Convolution convolution, Pass pass) {
    return true;
  }

  @Override
  public long iterations(Convolution c, Pass pass) {
    return switch (pass) {
      case FORWARD -> correlated(c, block(c.groupFilters()), c.groupChannels());
      case BACKWARD_DATA -> correlated(c, block(c.groupChannels()), c.groupFilters());
      case BACKWARD_WEIGHT -> gradient(c).iterations();
    };
  }

  private static long correlated(Convolution c, RegisterBlock block, int channels) {
    long tap = (channels + 1L) * block.iterations() + block.pixels() + 2;
    return c.r() * (c.s() * tap + 2) + ITERATIONS_AROUND;
  }

  @Override
  public long workspaceBytes(Convolution c, Pass pass) {
    return switch (pass) {
      case FORWARD -> packedElements(c, false) * Float.BYTES;
      case BACKWARD_DATA -> packedElements(c, true) * Float.BYTES;
      case BACKWARD_WEIGHT -> gradient(c).workspaceBytes();
    };
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
    RegisterBlock block = block(c.groupFilters());
    boolean packed = packedElements(c, false) > 0;
    Correlation grid =
        new Correlation(
                c.n(), c.groups(), c.groupChannels(), c.groupFilters(), c.h(), c.w(), c.p(), c.q())
            .rows(Taps.forward(c.p(), c.r(), c.strideH(), c.padH(), c.dilationH()))
            .columns(Taps.forward(c.q(), c.s(), c.strideW(), c.padW(), c.dilationW()));
    int row = packed ? block.padded(c.groupFilters()) : c.k();
    int group = packed ? c.r() * c.s() * c.groupChannels() * row : c.groupFilters();
    Step correlate =
        correlate(
            block, grid, c.s(), group, row, activation, x, packed ? workspace : weight, bias, y);
    return packed ? Launcher.sequence(pack(c, weight, workspace, row), correlate) : correlate;
  }

  @Override
  public Step backwardData(
      Convolution c,
      DeviceTensor dy,
      DeviceTensor weight,
      DeviceTensor dx,
      DeviceTensor workspace) {
    RegisterBlock block = block(c.groupChannels());
    int row = block.padded(c.groupChannels());
    int group = c.r() * c.s() * c.groupFilters() * row;
    List<Step> steps = new ArrayList<>();
    steps.add(turn(c, weight, workspace, row));
    for (int a = 0; a < Math.min(c.strideH(), c.h()); a++) {
      for (int b = 0; b < Math.min(c.strideW(), c.w()); b++) {
        Correlation grid =
            new Correlation(
                    c.n(),
                    c.groups(),
                    c.groupFilters(),
                    c.groupChannels(),
                    c.p(),
                    c.q(),
                    c.h(),
                    c.w())
                .rows(Taps.backward(a, c.h(), c.r(), c.strideH(), c.padH(), c.dilationH()))
                .columns(Taps.backward(b, c.w(), c.s(), c.strideW(), c.padW(), c.dilationW()));
        steps.add(
            correlate(
                block,
                grid,
                c.s(),
                group,
                row,
                Activation.IDENTITY,
                dy,
                workspace,
                DeviceTensor.NONE,
                dx));
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
    return gradient(c).bind(x, dy, dweight, workspace);
  }

  private Step correlate(
      RegisterBlock block,
      Correlation grid,
      int filterColumns,
      int weightGroup,
      int weightRow,
      Activation activation,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor bias,
      DeviceTensor y) {
    return launcher
        .kernel(
            PROGRAM,
            PROGRAM,
            launcher.vector(),
            block.pixelsOption(),
            block.vectorsOption(),
            OpenClActivation.function(activation))
        .tensor(x)
        .tensor(weight)
        .tensor(bias)
        .buffer(launcher.zeros(grid.channels()))
        .tensor(y)
        .integers(grid.sizes())
        .integers(filterColumns, weightGroup, weightRow)
        .floating(activation.alpha())
        .overGroups(
            new long[] {
              (long) grid.groups() * block.blocks(grid.filters()),
              divideUp(grid.pixels(), block.pixels())
            },
            new long[] {1, 1});
  }

  private Step pack(Convolution c, DeviceTensor weight, DeviceTensor packed, int row) {
    return packing("_pack", c, weight, packed, row)
        .over(row, c.groupChannels(), (long) c.groups() * c.r() * c.s());
  }

  /** Turned, for backward-data. */
  private Step turn(Convolution c, DeviceTensor weight, DeviceTensor packed, int row) {
    return packing("_turn", c, weight, packed, row)
        .over(
            launcher.vectors(row),
            launcher.vectors(c.groupFilters()),
            (long) c.groups() * c.r() * c.s());
  }

  private Launcher.Binding packing(
      String suffix, Convolution c, DeviceTensor weight, DeviceTensor packed, int row) {
    return launcher
        .kernel(PROGRAM, PROGRAM + suffix, launcher.vector())
        .tensor(weight)
        .tensor(packed)
        .integers(c.r() * c.s(), c.groupChannels(), c.groupFilters(), c.groups(), row);
  }

  private RegisterBlock block(int filters) {
    return forced.orElseGet(() -> RegisterBlock.choose(filters, launcher.vectorLength()));
  }

  /** The elements of the packed weights, 0 where they are read as they are. */
  private long packedElements(Convolution c, boolean transposed) {
    int filters = transposed ? c.groupChannels() : c.groupFilters();
    int padded = block(filters).padded(filters);
    if (!transposed && padded == filters) {
      return 0;
    }
    return (long) c.r()
        * c.s()
        * c.groups()
        * padded
        * (transposed ? c.groupFilters() : c.groupChannels());
  }

  private static int divideUp(int dividend, int divisor) {
    return (dividend + divisor - 1) / divisor;
  }

  private BlockedGradient gradient(Convolution c) {
    return new BlockedGradient(launcher, c, block(c.groupFilters()));
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    List<Variant> all = new ArrayList<>();
    List<Variant> correlations = new ArrayList<>();
    for (int length : Launcher.VECTORS) {
      Variant bare = Variant.cpuVector(PROGRAM, length);
      all.add(bare);
      for (RegisterBlock block : RegisterBlock.all(length)) {
        correlations.add(bare.with(block.pixelsOption(), block.vectorsOption()));
      }
    }
    all.addAll(Variant.withActivations(correlations));
    all.addAll(BlockedGradient.variants());
    return all;
  }
}
