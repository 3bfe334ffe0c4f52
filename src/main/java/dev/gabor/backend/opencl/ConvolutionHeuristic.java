package dev.gabor.backend.opencl;

import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import java.util.List;
import java.util.stream.Stream;

/**
 * The algorithm expected to be the fastest, from the sizes and the kind of device alone. The
 * thresholds for CPU drivers were measured on two cores of an AMD EPYC 9004 with PoCL 3.1, GPUs
 * wait for measurements.
 */
final class ConvolutionHeuristic {
  /** Winograd's output tile: 1.3 to 1.6 times as fast as 2×2. */
  private static final String WINOGRAD = WinogradConvolution.name(WinogradForm.LARGE_TILE);

  /** Rows and columns of y below which a tile is mostly waste. */
  private static final int LEAST_WINOGRAD_LENGTH = 3;

  /** Pixels of y below which the transformed weights cost more than they save. */
  private static final int LEAST_WINOGRAD_PIXELS = 200;

  /**
   * Channels of one of several groups from which Winograd's gradient pays: with fewer, products are
   * little beside the transforms. On two cores of an AMD EPYC 9005, 16,128,28,28 to 128 by 3×3: 4
   * groups 2.0 ms, blocks of pixels 2.8; groups of 16 channels 1.5 ms against 0.85 on half of it.
   */
  private static final int LEAST_GRADIENT_CHANNELS = 32;

  /** Winograd for filters of 5×5. */
  private static final String LARGE_FILTER = WinogradConvolution.name(WinogradForm.LARGE_FILTER);

  /** Winograd for GPUs. */
  private static final String STAGED = StagedWinogradConvolution.name(WinogradForm.LARGE_TILE);

  /**
   * Channels and filters, as C·K / (C + K), from which the staged Winograd is expected to beat
   * tiles on a GPU. By arithmetic, unmeasured: for a pixel it saves 27/2 C·K operations and moves
   * 27 C + 22 K bytes more, so it pays from 1.8 times the operations that the device does while it
   * moves a byte: 12 to 64 on today's GPUs, of which tiles reach some 60 %, which gives 14 to 70.
   */
  private static final int LEAST_STAGED_CHANNELS = 64;

  /**
   * Pixels of y from which writing and reading the transformed weights, 324 C·K bytes, is little.
   */
  private static final int LEAST_STAGED_PIXELS = 1000;

  /** Where the best one cannot do it: a driver with bounded loops, say. */
  private static final List<String> OTHERS =
      List.of(
          DepthwiseConvolution.NAME,
          BlockedConvolution.NAME,
          TiledConvolution.NAME,
          DirectConvolution.NAME,
          UnfoldConvolution.NAME);

  /**
   * Summed channels up to which output rows are faster than Winograd's tiles and blocks of pixels.
   */
  private static final int FEW_CHANNELS = 8;

  private ConvolutionHeuristic() {}

  /**
   * One of the algorithms that can do it.
   *
   * @throws IllegalArgumentException if there is none
   */
  static String choose(Convolution c, Pass pass, boolean cpu, List<String> possible) {
    String best = best(c, pass, cpu, possible);
    return Stream.concat(Stream.of(best), OTHERS.stream())
        .filter(possible::contains)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "convolution %s: %s is too long a sum for the loops of this driver"
                        .formatted(c, pass)));
  }

  private static String best(Convolution c, Pass pass, boolean cpu, List<String> possible) {
    String depthwise = cpu ? DepthwiseRowsConvolution.NAME : DepthwiseConvolution.NAME;
    if (possible.contains(depthwise)) {
      return depthwise;
    }
    if (!cpu) {
      return forGpu(c, possible);
    }
    if (possible.contains(RowsConvolution.NAME) && rowsPay(c, pass)) {
      return RowsConvolution.NAME;
    }
    if (possible.contains(WINOGRAD) && winogradPays(c, pass)) {
      return WINOGRAD;
    }
    boolean few = possible.contains(FewChannelsConvolution.NAME) && c.groupFilters() >= 16;
    if (!few && possible.contains(LARGE_FILTER) && LargeFilterHeuristic.pays(c, pass)) {
      return LARGE_FILTER;
    }
    // Groups leave blocks of pixels few filters.
    if (possible.contains(RowsConvolution.NAME) && c.groups() > 1) {
      return RowsConvolution.NAME;
    }
    return few ? FewChannelsConvolution.NAME : BlockedConvolution.NAME;
  }

  /**
   * A filter of 1×1 on every pixel, or an image of so few channels that its borders cost as much as
   * its sums.
   */
  private static boolean rowsPay(Convolution c, Pass pass) {
    int filters = pass == Pass.FORWARD ? c.k() : c.c();
    int summed = pass == Pass.FORWARD ? c.c() : c.k();
    boolean pointwise = c.r() * c.s() * c.strideH() * c.strideW() == 1;
    return c.groups() == 1 && (pointwise ? filters % 32 == 0 : summed <= FEW_CHANNELS);
  }

  private static String forGpu(Convolution c, List<String> possible) {
    if (possible.contains(STAGED) && stagedPays(c)) {
      return STAGED;
    }
    return possible.contains(TiledConvolution.NAME)
        ? TiledConvolution.NAME
        : DirectConvolution.NAME;
  }

  private static boolean stagedPays(Convolution c) {
    return Math.min(c.p(), c.q()) >= LEAST_WINOGRAD_LENGTH
        && (long) c.n() * c.p() * c.q() >= LEAST_STAGED_PIXELS
        && (long) c.c() * c.k() >= LEAST_STAGED_CHANNELS * ((long) c.c() + c.k());
  }

  private static boolean winogradPays(Convolution c, Pass pass) {
    if (Math.min(c.p(), c.q()) < LEAST_WINOGRAD_LENGTH
        || c.n() * c.p() * c.q() < LEAST_WINOGRAD_PIXELS) {
      return false;
    }
    return switch (pass) {
      case FORWARD -> c.groupChannels() >= 3 && c.groupFilters() >= 8;
      case BACKWARD_DATA -> c.groupChannels() >= 8 && c.groupFilters() >= 8;
      case BACKWARD_WEIGHT -> c.groupChannels() >= (c.groups() > 1 ? LEAST_GRADIENT_CHANNELS : 8);
    };
  }
}
