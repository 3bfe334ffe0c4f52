package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.List;

/**
 * One filter for each channel (groups = C = K), vectors along channels: {@code
 * kernels-cl/convolution_depthwise.cl}.
 */
final class DepthwiseConvolution implements ConvolutionAlgorithm {
  static final String NAME = "depthwise";

  private static final String PROGRAM = "convolution_depthwise";

  private final Launcher launcher;
  private final PlainPasses passes;

  DepthwiseConvolution(Launcher launcher) {
    this.launcher = launcher;
    passes = new PlainPasses(launcher, PROGRAM);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean supports(Convolution convolution, Pass pass) {
    return convolution.groups() == convolution.c() && convolution.k() == convolution.c();
  }

  @Override
  public long iterations(Convolution c, Pass pass) {
    return pass == Pass.BACKWARD_WEIGHT ? c.n() * (c.p() * (c.q() + 2L) + 2) : c.r() * (c.s() + 2L);
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
        .over(launcher.vectors(c.c()), (long) c.n() * c.p() * c.q());
  }

  @Override
  public Step backwardData(
      Convolution c,
      DeviceTensor dy,
      DeviceTensor weight,
      DeviceTensor dx,
      DeviceTensor workspace) {
    return passes
        .backwardData(c, dy, weight, dx)
        .over(launcher.vectors(c.c()), (long) c.n() * c.h() * c.w());
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
        .over(launcher.vectors(c.c()), (long) c.r() * c.s());
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return Variant.withActivations(Variant.vectors(PROGRAM));
  }
}
