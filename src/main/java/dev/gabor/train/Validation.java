package dev.gabor.train;

import dev.gabor.data.Normalization;
import java.util.Optional;

/** The validation of a run, where it has one. */
record Validation(
    Trainer trainer,
    TrainingSession session,
    Normalization normalization,
    Optional<Evaluator> evaluator)
    implements AutoCloseable {
  static Validation of(Trainer trainer, TrainingSession session, Normalization normalization) {
    return new Validation(
        trainer,
        session,
        normalization,
        trainer.validation.map(
            dataset -> new Evaluator(session.evaluated(), trainer.loss, trainer.batch)));
  }

  Optional<Evaluation> evaluate() {
    // Brings an average up to date.
    session.evaluated();
    return evaluator.map(e -> e.count(trainer.validation.get(), normalization));
  }

  long allocatedBytes() {
    return evaluator.map(Evaluator::allocatedBytes).orElse(0L);
  }

  @Override
  public void close() {
    evaluator.ifPresent(Evaluator::close);
  }
}
