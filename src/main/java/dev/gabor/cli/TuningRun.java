package dev.gabor.cli;

import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.backend.BackendOptions;
import dev.gabor.backend.ConvolutionChooser;
import dev.gabor.backend.ConvolutionProblem;
import dev.gabor.backend.tuning.TuningStore;
import dev.gabor.tune.Tuner;
import dev.gabor.tune.TuningReport;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What {@code tune} and {@code train --tune} share: where results go, and how a device is opened.
 */
final class TuningRun {
  private final TuningStore store = Gabor.tuningStore();

  /** Refuses to begin where nothing could be kept. */
  TuningRun() {
    if (!store.keepsResults()) {
      throw new IllegalArgumentException(
          "tuning keeps its results in the folder for caches, and gabor.cache is off");
    }
  }

  /** The heuristic's choice is what others are compared with. */
  static BackendOptions options(WorkspaceOption workspace) {
    return workspace
        .apply(BackendOptions.STANDARD)
        .withProfiling(true)
        .withChooser(key -> ConvolutionChooser.HEURISTIC);
  }

  /** Measures; empty where a device has nothing to choose. */
  Optional<TuningReport> run(
      Backend backend,
      List<ConvolutionProblem> problems,
      TuningProgress progress,
      UnaryOperator<Tuner> settings) {
    if (backend.convolution().tuningKey().isEmpty()) {
      progress.nothingToChoose(backend.description());
      return Optional.empty();
    }
    TuningReport report = settings.apply(Tuner.on(backend, store)).listener(progress).run(problems);
    progress.summarize(report);
    return Optional.of(report);
  }
}
