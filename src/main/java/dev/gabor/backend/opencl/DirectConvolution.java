package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.List;

/**
 * The sliding window for any sizes, without workspace: {@code kernels-cl/convolution_direct.cl}.
 */
final class DirectConvolution implements ConvolutionAlgorithm {
  static final String NAME = "direct";

  private static final String PROGRAM = "convolution_direct";

  private final Launcher launcher;
  private final PlainPasses passes;

  DirectConvolution(Launcher launcher) {
    this.launcher = launcher;
    passes = new PlainPasses(launcher, PROGRAM);
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
      case FORWARD -> c.r() * (c.s() * (c.groupChannels() + 2L) + 2);
      case BACKWARD_DATA -> c.r() * (c.s() * (launcher.vectors(c.groupFilters()) + 2L) + 2);
      case BACKWARD_WEIGHT -> c.n() * (c.p() * (c.q() + 2L) + 2);
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
    return passes
        .forward(c, x, weight, bias, y, activation)
        .over((long) c.groups() * launcher.vectors(c.groupFilters()), (long) c.n() * c.p() * c.q());
  }

  @Override
  public Step backwardData(
      Convolution c,
      DeviceTensor dy,
      DeviceTensor weight,
      DeviceTensor dx,
      DeviceTensor workspace) {
    return passes.backwardData(c, dy, weight, dx).over(c.c(), (long) c.n() * c.h() * c.w());
  }

  @Override
  public Step backwardWeight(
      Convolution c,
      DeviceTensor x,
      DeviceTensor dy,
      DeviceTensor dweight,
      DeviceTensor workspace) {
    return passes
        .backwardWeight(c, x, dy, dweight)
        .over(
            (long) c.groups() * launcher.vectors(c.groupFilters()),
            (long) c.r() * c.s() * c.groupChannels());
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return Variant.withActivations(Variant.vectors(PROGRAM)).stream().map(Variant::plain).toList();
  }
}
