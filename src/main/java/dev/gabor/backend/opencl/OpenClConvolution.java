package dev.gabor.backend.opencl;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionChooser;
import dev.gabor.backend.ConvolutionChooser.Choice;
import dev.gabor.backend.ConvolutionChooser.Origin;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.ConvolutionProblem;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Require;
import dev.gabor.backend.Step;
import dev.gabor.backend.TuningKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Convolution by one of several algorithms, each a class and a kernel file of its own. */
final class OpenClConvolution extends ConvolutionOps {
  private final Launcher launcher;
  private final List<ConvolutionAlgorithm> algorithms;
  private final ConvolutionChooser chooser;
  private final long workspaceBytes;
  private final Optional<TuningKey> tuningKey;

  /**
   * Convolution by every algorithm there is.
   *
   * @param chooser asked before the heuristic
   * @param workspaceBytes algorithms that need more are not chosen
   * @param tuningKey what measured choices depend on
   */
  OpenClConvolution(
      Launcher launcher,
      ConvolutionChooser chooser,
      long workspaceBytes,
      Optional<TuningKey> tuningKey) {
    this(
        launcher,
        chooser,
        workspaceBytes,
        tuningKey,
        List.of(
            new DirectConvolution(launcher),
            new UnfoldConvolution(launcher),
            new BlockedConvolution(launcher),
            new TiledConvolution(launcher),
            new WinogradConvolution(launcher, WinogradForm.LARGE_TILE),
            new WinogradConvolution(launcher, WinogradForm.SMALL_TILE),
            new WinogradConvolution(launcher, WinogradForm.LARGE_FILTER),
            new StagedWinogradConvolution(launcher, WinogradForm.LARGE_TILE),
            new StagedWinogradConvolution(launcher, WinogradForm.SMALL_TILE),
            new DepthwiseConvolution(launcher),
            new DepthwiseRowsConvolution(launcher),
            new FewChannelsConvolution(launcher),
            new RowsConvolution(launcher)));
  }

  /** With these algorithms alone, for tests. */
  OpenClConvolution(Launcher launcher, List<ConvolutionAlgorithm> algorithms) {
    this(launcher, ConvolutionChooser.HEURISTIC, Long.MAX_VALUE, Optional.empty(), algorithms);
  }

  private OpenClConvolution(
      Launcher launcher,
      ConvolutionChooser chooser,
      long workspaceBytes,
      Optional<TuningKey> tuningKey,
      List<ConvolutionAlgorithm> algorithms) {
    this.launcher = launcher;
    this.chooser = chooser;
    this.workspaceBytes = workspaceBytes;
    this.tuningKey = tuningKey;
    this.algorithms = algorithms;
  }

  @Override
  public List<String> algorithms(Convolution convolution, Pass pass) {
    return algorithms.stream()
        .filter(algorithm -> can(algorithm, convolution, pass))
        .map(ConvolutionAlgorithm::name)
        .toList();
  }

  private boolean can(ConvolutionAlgorithm algorithm, Convolution convolution, Pass pass) {
    return algorithm.supports(convolution, pass)
        && launcher.loopsEnd(algorithm.iterations(convolution, pass));
  }

  private boolean affords(ConvolutionAlgorithm algorithm, Convolution convolution, Pass pass) {
    return can(algorithm, convolution, pass)
        && algorithm.workspaceBytes(convolution, pass) <= workspaceBytes;
  }

  @Override
  public List<String> candidates(Convolution convolution, Pass pass) {
    List<String> names = new ArrayList<>();
    for (ConvolutionAlgorithm algorithm : algorithms) {
      if (affords(algorithm, convolution, pass)) {
        names.add(algorithm.name());
      }
      for (String parameters : algorithm.parameters(convolution, pass)) {
        if (affords(algorithm.with(parameters), convolution, pass)) {
          names.add(algorithm.name() + ":" + parameters);
        }
      }
    }
    return names;
  }

  @Override
  public Choice choice(Convolution convolution, Pass pass) {
    for (Choice choice : chooser.choices(new ConvolutionProblem(convolution, pass))) {
      // A file may name what this version does not have.
      if (known(choice.algorithm()).filter(a -> affords(a, convolution, pass)).isPresent()) {
        return choice;
      }
    }
    return new Choice(heuristic(convolution, pass), Origin.HEURISTIC);
  }

  private String heuristic(Convolution convolution, Pass pass) {
    List<String> possible = algorithms(convolution, pass);
    List<String> affordable =
        possible.stream().filter(name -> affords(named(name), convolution, pass)).toList();
    Require.that(
        possible.isEmpty() || !affordable.isEmpty(),
        "convolution " + convolution,
        "%s by one of %s on this driver, none of which does with %d bytes of workspace"
            .formatted(pass, possible, workspaceBytes));
    return ConvolutionHeuristic.choose(convolution, pass, launcher.isCpu(), affordable);
  }

  @Override
  public Optional<TuningKey> tuningKey() {
    return tuningKey;
  }

  @Override
  public long workspaceBytes(Convolution convolution, Pass pass, String algorithm) {
    return named(algorithm).workspaceBytes(convolution, pass);
  }

  private ConvolutionAlgorithm named(String name) {
    String plain = withoutParameters(name);
    ConvolutionAlgorithm found =
        algorithms.stream()
            .filter(algorithm -> algorithm.name().equals(plain))
            .findFirst()
            .orElseThrow(
                () -> new IllegalArgumentException("unknown convolution algorithm " + name));
    return plain.equals(name) ? found : found.with(name.substring(plain.length() + 1));
  }

  private Optional<ConvolutionAlgorithm> known(String name) {
    try {
      return Optional.of(named(name));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
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
