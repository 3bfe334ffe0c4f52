package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.List;

/** Convolution by one of several algorithms, each a class and a kernel file of its own. */
final class OpenClConvolution extends ConvolutionOps {
  private final Launcher launcher;
  private final List<ConvolutionAlgorithm> algorithms;

  OpenClConvolution(Launcher launcher) {
    this(
        launcher,
        List.of(
            new DirectConvolution(launcher),
            new UnfoldConvolution(launcher),
            new BlockedConvolution(launcher),
            new TiledConvolution(launcher),
            new WinogradConvolution(launcher, 4),
            new WinogradConvolution(launcher, 2),
            new StagedWinogradConvolution(launcher, 4),
            new StagedWinogradConvolution(launcher, 2),
            new DepthwiseConvolution(launcher),
            new DepthwiseRowsConvolution(launcher),
            new FewChannelsConvolution(launcher),
            new RowsConvolution(launcher)));
  }

  /** With these algorithms alone, for tests. */
  OpenClConvolution(Launcher launcher, List<ConvolutionAlgorithm> algorithms) {
    this.launcher = launcher;
    this.algorithms = algorithms;
  }

  @Override
  public List<String> algorithms(Convolution convolution, Pass pass) {
    return algorithms.stream()
        .filter(algorithm -> algorithm.supports(convolution, pass))
        .filter(algorithm -> launcher.loopsEnd(algorithm.iterations(convolution, pass)))
        .map(ConvolutionAlgorithm::name)
        .toList();
  }

  @Override
  public String choose(Convolution convolution, Pass pass) {
    return ConvolutionHeuristic.choose(
        convolution, pass, launcher.isCpu(), algorithms(convolution, pass));
  }

  @Override
  public long workspaceBytes(Convolution convolution, Pass pass, String algorithm) {
    return named(algorithm).workspaceBytes(convolution, pass);
  }

  private ConvolutionAlgorithm named(String name) {
    return algorithms.stream()
        .filter(algorithm -> algorithm.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("unknown convolution algorithm " + name));
  }

  @Override
  protected Step bindForward(
      Convolution convolution,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor bias,
      DeviceTensor y,
      DeviceTensor workspace,
      Activation activation,
      String algorithm) {
    return named(algorithm).forward(convolution, x, weight, bias, y, workspace, activation);
  }

  @Override
  protected Step bindBackwardData(
      Convolution convolution,
      DeviceTensor dy,
      DeviceTensor weight,
      DeviceTensor dx,
      DeviceTensor workspace,
      String algorithm) {
    return named(algorithm).backwardData(convolution, dy, weight, dx, workspace);
  }

  @Override
  protected Step bindBackwardWeight(
      Convolution convolution,
      DeviceTensor x,
      DeviceTensor dy,
      DeviceTensor dweight,
      DeviceTensor workspace,
      String algorithm) {
    return named(algorithm).backwardWeight(convolution, x, dy, dweight, workspace);
  }
}
