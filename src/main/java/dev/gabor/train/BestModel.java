package dev.gabor.train;

import java.util.List;
import java.util.Optional;

/** Keeps the model of the best epoch of a run: in a file where there are checkpoints. */
final class BestModel {
  private final TrainingSettings settings;
  private final List<EpochReport> reports;
  private final Optional<RunRecorder> recorder;
  private Optional<Model> best = Optional.empty();

  /** Follows reports, to which a run adds. */
  BestModel(TrainingSettings settings, List<EpochReport> reports, Optional<RunRecorder> recorder) {
    this.settings = settings;
    this.reports = reports;
    this.recorder = recorder;
  }

  /** Whether the last epoch is the best so far. */
  boolean isLast() {
    return settings.monitor.best(reports).epoch() == reports.size();
  }

  /** Whether anybody will ask for the best. */
  boolean isKept() {
    return settings.earlyStopping.filter(EarlyStopping::restoreBest).isPresent();
  }

  void keep(Checkpoint checkpoint) {
    recorder.ifPresent(r -> r.writeBest(checkpoint));
    if (isKept() && recorder.isEmpty()) {
      best = Optional.of(checkpoint.model());
    }
  }

  /** The best model where early stopping has ended the run and asks for it, else the last. */
  Model restored(Model last, TrainingResult.Ending ending) {
    if (ending != TrainingResult.Ending.NO_IMPROVEMENT || !isKept()) {
      return last;
    }
    return best.or(() -> recorder.map(RunRecorder::best)).orElse(last);
  }
}
