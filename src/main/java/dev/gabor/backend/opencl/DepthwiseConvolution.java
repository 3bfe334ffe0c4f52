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

  DepthwiseConvolution(Launcher launcher) {
    this.launcher = launcher;
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
    return launcher
        .kernel(
            PROGRAM, PROGRAM + "_forward", launcher.vector(), OpenClActivation.function(activation))
        .tensor(x)
        .tensor(weight)
        .tensor(bias)
        .tensor(y)
        .integers(ConvolutionAlgorithm.sizes(c))
        .floating(activation.alpha())
        .over(launcher.vectors(c.c()), (long) c.n() * c.p() * c.q());
  }

  @Override
  public Step backwardData(
      Convolution c,
      DeviceTensor dy,
      DeviceTensor weight,
      DeviceTensor dx,
      DeviceTensor workspace) {
    return launcher
        .kernel(
            PROGRAM,
            PROGRAM + "_backward_data",
            launcher.vector(),
            OpenClActivation.function(Activation.IDENTITY))
        .tensor(dy)
        .tensor(weight)
        .tensor(dx)
        .integers(ConvolutionAlgorithm.sizes(c))
        .over(launcher.vectors(c.c()), (long) c.n() * c.h() * c.w());
  }

  @Override
  public Step backwardWeight(
      Convolution c,
      DeviceTensor x,
      DeviceTensor dy,
      DeviceTensor dweight,
      DeviceTensor workspace) {
    return launcher
        .kernel(
            PROGRAM,
            PROGRAM + "_backward_weight",
            launcher.vector(),
            OpenClActivation.function(Activation.IDENTITY))
        .tensor(x)
        .tensor(dy)
        .tensor(dweight)
        .integers(ConvolutionAlgorithm.sizes(c))
        .over(launcher.vectors(c.c()), (long) c.r() * c.s());
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return Variant.withActivations(Variant.vectors(PROGRAM));
  }
}
