package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Backward-data into few channels, for CPU drivers: {@code kernels-cl/convolution_few.cl}. Where dx
 * has 3 channels, vectors of 16 along them would be idle in 13 lanes.
 */
final class FewChannelsConvolution implements ConvolutionAlgorithm {
  static final String NAME = "few_channels";

  private static final String PROGRAM = "convolution_few";

  private static final int MOST_CHANNELS = 7;

  /** Accumulators of a work-item: what is left of 32 registers for weights and pixels. */
  private static final int ACCUMULATORS = 21;

  private final Launcher launcher;

  FewChannelsConvolution(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean supports(Convolution c, Pass pass) {
    return pass == Pass.BACKWARD_DATA && c.groupChannels() <= MOST_CHANNELS;
  }

  @Override
  public long iterations(Convolution c, Pass pass) {
    int few = c.groupChannels();
    int pixels = pixelCount(few);
    long product = 1 + (few + 1) + (pixels + 1) + (long) pixels * (few + 1);
    return c.r() * (c.s() * ((launcher.vectors(c.groupFilters()) + 1) * product + pixels + 2) + 2);
  }

  @Override
  public Step backwardData(
      Convolution c,
      DeviceTensor dy,
      DeviceTensor weight,
      DeviceTensor dx,
      DeviceTensor workspace) {
    int few = c.groupChannels();
    List<Step> steps = new ArrayList<>();
    for (int a = 0; a < Math.min(c.strideH(), c.h()); a++) {
      for (int b = 0; b < Math.min(c.strideW(), c.w()); b++) {
        Correlation grid =
            new Correlation(c.n(), c.groups(), c.groupFilters(), few, c.p(), c.q(), c.h(), c.w())
                .rows(Taps.backward(a, c.h(), c.r(), c.strideH(), c.padH(), c.dilationH()))
                .columns(Taps.backward(b, c.w(), c.s(), c.strideW(), c.padW(), c.dilationW()));
        steps.add(
            launcher
                .kernel(PROGRAM, PROGRAM, launcher.vector(), few(few), pixels(few))
                .tensor(dy)
                .tensor(weight)
                .buffer(launcher.zeros(grid.channels()))
                .tensor(dx)
                .integers(grid.sizes())
                .integers(c.s())
                .overGroups(
                    new long[] {
                      c.groups(), (grid.pixels() + pixelCount(few) - 1) / pixelCount(few)
                    },
                    new long[] {1, 1}));
      }
    }
    return Launcher.sequence(steps.toArray(Step[]::new));
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
    throw new IllegalStateException(NAME + " computes backward-data alone");
  }

  @Override
  public Step backwardWeight(
      Convolution c,
      DeviceTensor x,
      DeviceTensor dy,
      DeviceTensor dweight,
      DeviceTensor workspace) {
    throw new IllegalStateException(NAME + " computes backward-data alone");
  }

  private static int pixelCount(int few) {
    return Math.min(8, ACCUMULATORS / few);
  }

  private static String few(int channels) {
    return "-DFEW=" + channels;
  }

  private static String pixels(int few) {
    return "-DPIXELS=" + pixelCount(few);
  }

  /** The builds of its kernel. */
  static List<Variant> variants() {
    List<Variant> all = new ArrayList<>();
    for (int length : Launcher.VECTORS) {
      for (int few = 1; few <= MOST_CHANNELS; few++) {
        all.add(Variant.cpuVector(PROGRAM, length).with(few(few), pixels(few)));
      }
    }
    return all;
  }
}
