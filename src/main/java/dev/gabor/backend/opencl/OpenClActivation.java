package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.ActivationOps;
import dev.gabor.backend.CustomActivation;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.List;

/**
 * Launches {@code kernels-cl/activation.cl}, one program for each activation function, and the
 * kernels of custom ones.
 */
final class OpenClActivation extends ActivationOps {
  private final Launcher launcher;

  OpenClActivation(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  protected Step bindForward(Activation activation, DeviceTensor x, DeviceTensor y) {
    int size = x.shape().arrayLength();
    return launcher
        .kernel("activation", "activation_forward", launcher.vector(), function(activation))
        .tensor(x)
        .tensor(y)
        .integers(size, launcher.streamByMany(y.shape()))
        .floating(activation.alpha())
        .over(launcher.vectors(size));
  }

  @Override
  protected Step bindBackward(
      Activation activation, DeviceTensor saved, DeviceTensor dy, DeviceTensor dx) {
    int size = dy.shape().arrayLength();
    // The function is then computed again.
    boolean fromInput = activation.backwardReads() == Activation.Reads.INPUT;
    return launcher
        .kernel("activation", "activation_backward", launcher.vector(), function(activation))
        .tensor(saved)
        .tensor(dy)
        .tensor(dx)
        .integers(size, fromInput ? launcher.streamByMany(dx.shape()) : launcher.stream(dx.shape()))
        .floating(activation.alpha())
        .over(launcher.vectors(size));
  }

  @Override
  protected Step bindForward(CustomActivation function, DeviceTensor x, DeviceTensor y) {
    int size = x.shape().arrayLength();
    return launcher
        .kernelOfText(function.name(), function.kernelSource(), function.name() + "_forward")
        .tensor(x)
        .tensor(y)
        .integers(size)
        .over(size);
  }

  @Override
  protected Step bindBackward(
      CustomActivation function, DeviceTensor x, DeviceTensor dy, DeviceTensor dx) {
    int size = x.shape().arrayLength();
    return launcher
        .kernelOfText(function.name(), function.kernelSource(), function.name() + "_backward")
        .tensor(x)
        .tensor(dy)
        .tensor(dx)
        .integers(size)
        .over(size);
  }

  /** The build option that selects the function for {@code activation.clh}. */
  static String function(Activation activation) {
    return function(activation.kind());
  }

  /** The build option that selects a kind of function. */
  static String function(Activation.Kind kind) {
    return "-DACTIVATION=ACTIVATION_" + kind;
  }

  /** The builds of its kernels. */
  static List<Variant> variants() {
    return Variant.withActivations(Variant.vectors("activation"));
  }
}
