package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.data.Batch;
import dev.gabor.data.BatchLoader;
import dev.gabor.data.Batches;
import dev.gabor.data.Dataset;
import dev.gabor.data.Normalization;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of a {@link Trainer} over a data set. */
final class TrainingRun {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);
  private static final double NANOS = 1e9;

  /** Beyond so many steps, a diverged run is not repeated to find the layer. */
  private static final int REPLAY_STEPS = 2_000;

  private final Trainer trainer;
  private final TrainingSetup setup;
  private final Dataset dataset;
  private final Backend backend;
  private final Normalization normalization;
  private final Batches batches;
  private final MemoryForecast forecast;

  TrainingRun(Trainer trainer, TrainingSetup setup, Dataset dataset) {
    this.trainer = trainer;
    this.setup = setup;
    this.dataset = dataset;
    this.backend = setup.backend();
    Fitting.check(setup.network(), dataset);
    trainer.validation.ifPresent(validation -> Fitting.check(setup.network(), validation));
    forecast = MemoryForecast.fitting(setup, trainer.validation.isPresent());
    normalization = Normalization.fit(dataset, trainer.normalization);
    batches =
        Batches.training(dataset, setup.batch(), setup.seed())
            .normalized(normalization)
            .transformed(trainer.transform)
            .mixed(trainer.mixing);
  }

  TrainingResult run() {
    if (!normalization.remark().isEmpty()) {
      LOG.warn(normalization.remark());
    }
    int leftOut = dataset.size() % setup.batch();
    if (leftOut > 0) {
      LOG.info(
          "each epoch leaves out {} of {} samples, which fill no batch", leftOut, dataset.size());
    }
    trainer.listeners.forEach(
        listener -> listener.runStarted(forecast, trainer.epochs, batches.perEpoch()));
    try {
      return train();
    } catch (TrainingDivergedException e) {
      throw e.step() > REPLAY_STEPS ? e : traced(e);
    }
  }

  private TrainingResult train() {
    long started = System.nanoTime();
    try (TrainingSession session = new TrainingSession(setup, forecast);
        BatchLoader loader = batches.open();
        Validation validation = Validation.of(trainer, session, normalization)) {
      List<EpochReport> reports = new ArrayList<>();
      double trainSeconds = 0;
      TrainingResult.Ending ending = TrainingResult.Ending.COMPLETED;
      while (reports.size() < trainer.epochs && ending == TrainingResult.Ending.COMPLETED) {
        EpochReport report = epoch(reports.size() + 1, session, loader, validation);
        reports.add(report);
        trainSeconds += imagesPerEpoch() / report.imagesPerSecond();
        trainer.listeners.forEach(listener -> listener.epochEnded(report));
        if (trainer.listeners.stream().anyMatch(listener -> listener.stopsAfter(report))) {
          ending = TrainingResult.Ending.STOPPED;
        }
      }
      return new TrainingResult(
          Model.of(
              session.parameters(),
              normalization,
              dataset.classNames(),
              setup.loss(),
              provenance(reports.size())),
          reports,
          ending,
          session.stepsDone(),
          (double) session.stepsDone() * setup.batch() / trainSeconds,
          (System.nanoTime() - started) / NANOS,
          session.allocatedBytes() + validation.allocatedBytes(),
          backend.description());
    }
  }

  private EpochReport epoch(
      int epoch, TrainingSession session, BatchLoader loader, Validation validation) {
    long started = System.nanoTime();
    int done = 0;
    for (Batch batch : loader.epoch(epoch)) {
      step(session, batch);
      int step = ++done;
      trainer.listeners.forEach(listener -> listener.batchEnded(epoch, step, batches.perEpoch()));
    }
    TrainingSession.Totals totals = session.takeTotals();
    double trainSeconds = (System.nanoTime() - started) / NANOS;
    Optional<Evaluation> evaluation = validation.evaluate();
    return new EpochReport(
        epoch,
        totals.loss(),
        totals.accuracy(),
        number(evaluation.map(Evaluation::loss)),
        number(evaluation.map(Evaluation::accuracy)),
        imagesPerEpoch() / trainSeconds,
        (System.nanoTime() - started) / NANOS);
  }

  private void step(TrainingSession session, Batch batch) {
    trainer.schedule.ifPresent(
        schedule ->
            session.learningRate(
                schedule.rate(session.stepsDone(), trainer.epochs * batches.perEpoch())));
    session.step(batch);
  }

  private double imagesPerEpoch() {
    return (double) batches.perEpoch() * setup.batch();
  }

  private static OptionalDouble number(Optional<Double> value) {
    return value.isPresent() ? OptionalDouble.of(value.get()) : OptionalDouble.empty();
  }

  /**
   * Repeats the run up to the step that went wrong, where the weights are still those that made it
   * go wrong: the same seed gives the same bits.
   */
  private TrainingDivergedException traced(TrainingDivergedException failure) {
    LOG.info("{}; repeating the run up to there to find its origin", failure.getMessage());
    try (TrainingSession session = new TrainingSession(setup, forecast);
        BatchLoader loader = batches.open()) {
      for (int epoch = 1; ; epoch++) {
        for (Batch batch : loader.epoch(epoch)) {
          if (session.stepsDone() + 1 == failure.step()) {
            return new TrainingDivergedException(
                failure.step(), failure.lastLoss(), session.origin(failure.step(), batch));
          }
          step(session, batch);
        }
      }
    }
  }

  private Provenance provenance(int epochsDone) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("epochs", epochsDone);
    settings.put("batch", setup.batch());
    settings.put("loss", setup.loss().kind().name().toLowerCase(Locale.ROOT));
    if (!setup.loss().classWeights().isEmpty()) {
      settings.put("class_weights", setup.loss().classWeights().toString());
    }
    settings.put("normalization", trainer.normalization.key());
    setup.optimizer().settings().forEach((key, value) -> settings.put("optimizer." + key, value));
    return new Provenance(
        Provenance.ownVersion(),
        backend.description(),
        setup.seed(),
        settings,
        Fingerprint.of(dataset));
  }
}
