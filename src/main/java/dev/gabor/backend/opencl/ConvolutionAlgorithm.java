package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.List;

/**
 * One way to compute convolutions: a row with its own kernel file. All tensors have been checked.
 */
interface ConvolutionAlgorithm {
  /** The name in tables and databases. */
  String name();

  /**
   * The parameters that may be tried for a pass, such as the size of a tile; none where there is
   * nothing to set. Without them it chooses its own.
   */
  default List<String> parameters(Convolution convolution, Pass pass) {
    return List.of();
  }

  /**
   * This algorithm with some of its {@link #parameters} for all problems.
   *
   * @throws IllegalArgumentException if it does not know them
   */
  default ConvolutionAlgorithm with(String parameters) {
    throw new IllegalArgumentException(name() + " has no parameters, found " + parameters);
  }

  /** Whether it can compute a pass of a problem on this device. */
  boolean supports(Convolution convolution, Pass pass);

  /**
   * The loop iterations of one work-item, at most, for {@link Launcher#loopsEnd}; 0 where they do
   * not grow with the problem. Loops that a compiler surely unrolls may be left out.
   */
  default long iterations(Convolution convolution, Pass pass) {
    return 0;
  }

  /** The scratch bytes that it needs for a pass. */
  default long workspaceBytes(Convolution convolution, Pass pass) {
    return 0;
  }

  /** Binds y = activation(convolution(x, weight) + bias). */
  Step forward(
      Convolution convolution,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor bias,
      DeviceTensor y,
      DeviceTensor workspace,
      Activation activation);

  /** Binds the gradient of the input. */
  Step backwardData(
      Convolution convolution,
      DeviceTensor dy,
      DeviceTensor weight,
      DeviceTensor dx,
      DeviceTensor workspace);

  /** Binds the gradient of the weight. */
  Step backwardWeight(
      Convolution convolution,
      DeviceTensor x,
      DeviceTensor dy,
      DeviceTensor dweight,
      DeviceTensor workspace);

  /** The sizes in the order of CONVOLUTION_SIZES in {@code convolution.clh}. */
  static int[] sizes(Convolution c) {
    return new int[] {
      c.n(),
      c.c(),
      c.h(),
      c.w(),
      c.k(),
      c.r(),
      c.s(),
      c.p(),
      c.q(),
      c.strideH(),
      c.strideW(),
      c.padH(),
      c.padW(),
      c.dilationH(),
      c.dilationW(),
      c.groups()
    };
  }
}
