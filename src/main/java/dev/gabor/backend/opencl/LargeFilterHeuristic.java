package dev.gabor.backend.opencl;

import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;

/**
 * Where Winograd's F(2×2, 5×5) beats blocks of pixels on a CPU: it saves 64 of 100 products, but
 * transforms 36 inputs for 4 outputs. The thresholds were measured on two cores of an AMD EPYC 9005
 * with PoCL 3.1, on some 80 problems in all passes.
 */
final class LargeFilterHeuristic {
  private static final WinogradForm FORM = WinogradForm.LARGE_FILTER;

  /** Floats of the vectors that it was measured with; parts of one take longer to load. */
  private static final int VECTOR = 16;

  /** Channels to be summed, from which it pays: in whole vectors, and in others. */
  private static final int LEAST_WHOLE_CHANNELS = 16;

  private static final int LEAST_CHANNELS = 24;

  /** Outputs from which the transformed weights pay. */
  private static final double LEAST_OUTPUTS = 400;

  /** Channels, filters and outputs from which the gradient of whole vectors of filters pays. */
  private static final int LEAST_GRADIENT_CHANNELS = 32;

  private static final double LEAST_GRADIENT_OUTPUTS = 700;

  /**
   * The same for the gradient of other filters, for which blocks of pixels take up to seven times
   * as long.
   */
  private static final int LEAST_PARTIAL_CHANNELS = 8;

  private static final double LEAST_PARTIAL_OUTPUTS = 100;

  private LargeFilterHeuristic() {}

  /** Of a problem that it can do. */
  static boolean pays(Convolution c, Pass pass) {
    return switch (pass) {
      case FORWARD -> sumPays(c.groupChannels(), outputs(c.n(), c.p(), c.q()));
      case BACKWARD_DATA -> sumPays(c.groupFilters(), outputs(c.n(), c.h(), c.w()));
      case BACKWARD_WEIGHT -> gradientPays(c, outputs(c.n(), c.p(), c.q()));
    };
  }

  private static boolean sumPays(int channels, double outputs) {
    int least = channels % VECTOR == 0 ? LEAST_WHOLE_CHANNELS : LEAST_CHANNELS;
    return channels >= least && outputs >= LEAST_OUTPUTS;
  }

  private static boolean gradientPays(Convolution c, double outputs) {
    return c.groupFilters() % VECTOR == 0
        ? Math.min(c.groupChannels(), c.groupFilters()) >= LEAST_GRADIENT_CHANNELS
            && outputs >= LEAST_GRADIENT_OUTPUTS
        : c.groupChannels() >= LEAST_PARTIAL_CHANNELS && outputs >= LEAST_PARTIAL_OUTPUTS;
  }

  /** Pixels of the output, times the share of them in all that the tiles compute. */
  private static double outputs(int images, int rows, int columns) {
    double pixels = (double) images * rows * columns;
    double computed =
        (double) images * FORM.tiles(rows) * FORM.tiles(columns) * FORM.tile() * FORM.tile();
    return pixels * pixels / computed;
  }
}
