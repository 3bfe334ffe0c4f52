package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.DeviceTensor;

/**
 * The three kernels of a program that take tensors and the sizes of a convolution, and no
 * workspace: bound, but for their work sizes.
 *
 * @param program the kernels are {@code <program>_forward} and so on
 */
record PlainPasses(Launcher launcher, String program) {
  Launcher.Binding forward(
      Convolution c,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor bias,
      DeviceTensor y,
      Activation activation) {
    return kernel("_forward", activation)
        .tensor(x)
        .tensor(weight)
        .tensor(bias)
        .tensor(y)
        .integers(ConvolutionAlgorithm.sizes(c))
        .floating(activation.alpha());
  }

  Launcher.Binding backwardData(
      Convolution c, DeviceTensor dy, DeviceTensor weight, DeviceTensor dx) {
    return kernel("_backward_data", Activation.IDENTITY)
        .tensor(dy)
        .tensor(weight)
        .tensor(dx)
        .integers(ConvolutionAlgorithm.sizes(c));
  }

  Launcher.Binding backwardWeight(
      Convolution c, DeviceTensor x, DeviceTensor dy, DeviceTensor dweight) {
    return kernel("_backward_weight", Activation.IDENTITY)
        .tensor(x)
        .tensor(dy)
        .tensor(dweight)
        .integers(ConvolutionAlgorithm.sizes(c));
  }

  private Launcher.Binding kernel(String suffix, Activation activation) {
    return launcher.kernel(
        program, program + suffix, launcher.vector(), OpenClActivation.function(activation));
  }
}
