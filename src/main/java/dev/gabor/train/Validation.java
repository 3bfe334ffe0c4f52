package dev.gabor.train;

import dev.gabor.data.Normalization;
import java.util.Optional;

/** The validation of a run, where it has one. */
record Validation(
    TrainingSettings settings,
    TrainingSession session,
    Normalization normalization,
    Optional<Evaluator> evaluator)
    implements AutoCloseable {
  static Validation of(
      TrainingSettings settings, TrainingSession session, Normalization normalization) {
    return new Validation(
        settings,
        session,
        normalization,
        settings.validation.map(
            dataset -> new Evaluator(session.evaluated(), settings.loss, settings.batch)));
  }

  Optional<Evaluation> evaluate() {
    // Brings an average up to date.
    session.evaluated();
    return evaluator.map(e -> e.count(settings.validation.get(), normalization));
  }

  long allocatedBytes() {
    return evaluator.map(Evaluator::allocatedBytes).orElse(0L);
  }

  @Override
  public void close() {
    evaluator.ifPresent(Evaluator::close);
  }
}
