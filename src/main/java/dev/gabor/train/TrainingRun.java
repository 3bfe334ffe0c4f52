package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.data.Batch;
import dev.gabor.data.BatchLoader;
import dev.gabor.data.Batches;
import dev.gabor.data.Dataset;
import dev.gabor.data.Mixing;
import dev.gabor.data.Transform;
import dev.gabor.nn.Summary;
import dev.gabor.optim.Moment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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

  private final TrainingSettings settings;
  private final TrainingSetup setup;
  private final Dataset dataset;
  private final Backend backend;
  private final Batches plain;
  private final MemoryForecast forecast;
  private final DataFacts facts;
  private final List<EpochReport> reports = new ArrayList<>();
  private boolean stepped;

  TrainingRun(TrainingSettings settings, Dataset dataset) {
    this.settings = settings;
    this.setup = settings.setup();
    this.dataset = dataset;
    this.backend = setup.backend();
    Fitting.check(setup.network(), dataset);
    settings.validation.ifPresent(validation -> Fitting.check(setup.network(), validation));
    forecast = MemoryForecast.fitting(setup, settings.validation.isPresent());
    settings.givenNormalization.ifPresent(given -> Fitting.check(setup.network(), given));
    Batches usual =
        Batches.training(dataset, setup.batch(), setup.seed())
            .transformed(settings.transform)
            .mixed(settings.mixing);
    plain = usual.threads(settings.loaderThreads.orElse(usual.threads()));
    facts = new DataFacts(settings, dataset);
  }

  TrainingResult run() {
    // Before the run begins, so that a folder or file that cannot be used ends it early; and
    // nothing is written where the data cannot be used.
    Optional<RunRecorder> recorder = settings.checkpoints.map(this::recorder);
    Optional<Checkpoint> begun = recorder.flatMap(r -> r.newest(setup.network()));
    Summary.of(setup.network(), setup.batch())
        .remarks()
        .forEach(remark -> LOG.warn(remark.replaceFirst("^remark: ", "")));
    int leftOut = dataset.size() % setup.batch();
    if (leftOut > 0) {
      LOG.info(
          "each epoch leaves out {} of {} samples, which fill no batch", leftOut, dataset.size());
    }
    setup.weights().ifPresent(weights -> LOG.info("{}", weights.onto(setup.network())));
    settings.listeners.forEach(
        listener -> listener.runStarted(forecast, settings.epochs, plain.perEpoch()));
    try {
      return train(recorder, begun);
    } catch (TrainingDivergedException e) {
      throw e.step() > REPLAY_STEPS ? e : traced(e);
    }
  }

  private RunRecorder recorder(Checkpoints files) {
    facts.normalization();
    return new RunRecorder(files, this::provenance, facts.validation());
  }

  private TrainingResult train(Optional<RunRecorder> recorder, Optional<Checkpoint> begun) {
    long started = System.nanoTime();
    try (TrainingSession session = new TrainingSession(setup, forecast);
        BatchLoader loader = plain.normalized(facts.normalization()).open();
        Validation validation = Validation.of(settings, session, facts.normalization())) {
      if (!facts.normalization().remark().isEmpty()) {
        LOG.warn(facts.normalization().remark());
      }
      settings.profile.ifPresent(session::profile);
      TrainingEpoch first = begun.map(from -> resume(from, session)).orElse(TrainingEpoch.of(1));
      boolean stopped = begun.map(from -> from.run().stopped()).orElse(false);
      BestModel best = new BestModel(settings, reports, recorder);
      while (ending(stopped) == TrainingResult.Ending.COMPLETED
          && reports.size() < settings.epochs) {
        TrainingEpoch epoch =
            first.number() > reports.size() ? first : TrainingEpoch.of(reports.size() + 1);
        EpochReport report = epoch(epoch, session, loader, validation, recorder);
        reports.add(report);
        settings.listeners.forEach(listener -> listener.epochEnded(report));
        stopped = settings.listeners.stream().anyMatch(listener -> listener.stopsAfter(report));
        endEpoch(session, recorder, best, stopped);
      }
      Model model = session.model(facts.normalization(), dataset.classNames(), provenance());
      return new TrainingResult(
          best.restored(model, ending(stopped)),
          reports,
          ending(stopped),
          session.stepsDone(),
          imagesPerSecond(),
          (System.nanoTime() - started) / NANOS,
          session.allocatedBytes() + validation.allocatedBytes(),
          backend.description());
    }
  }

  private TrainingResult.Ending ending(boolean stopped) {
    if (stopped) {
      return TrainingResult.Ending.STOPPED;
    }
    return settings.earlyStopping.filter(rule -> rule.isDue(reports, settings.monitor)).isPresent()
        ? TrainingResult.Ending.NO_IMPROVEMENT
        : TrainingResult.Ending.COMPLETED;
  }

  private TrainingEpoch resume(Checkpoint from, TrainingSession session) {
    session.restore(from.state());
    reports.addAll(from.run().reports());
    settings.listeners.forEach(
        listener -> listener.runResumed(List.copyOf(reports), from.run().step()));
    return new TrainingEpoch(
        reports.size() + 1, from.run().batches(), from.run().seconds(), System.nanoTime());
  }

  private EpochReport epoch(
      TrainingEpoch epoch,
      TrainingSession session,
      BatchLoader loader,
      Validation validation,
      Optional<RunRecorder> recorder) {
    double waitedSeconds = steps(epoch, session, loader, recorder);
    TrainingSession.Totals totals = session.takeTotals();
    double trainSeconds = epoch.seconds();
    Optional<Evaluation> evaluation = validation.evaluate();
    return new EpochReport(
        epoch.number(),
        totals.loss(),
        totals.accuracy(),
        number(evaluation.map(Evaluation::loss)),
        number(evaluation.map(Evaluation::accuracy)),
        imagesPerEpoch() / trainSeconds,
        waitedSeconds / (trainSeconds - epoch.secondsBefore()),
        epoch.seconds());
  }

  /** Trains on the rest of an epoch; answers for how many seconds the device waited for data. */
  private double steps(
      TrainingEpoch epoch,
      TrainingSession session,
      BatchLoader loader,
      Optional<RunRecorder> recorder) {
    int done = epoch.batches();
    try (Uploads uploads = new Uploads(session.feed(), loader.epoch(epoch.number(), done))) {
      for (int place = uploads.take(); place != Uploads.END; place = uploads.take()) {
        schedule(session);
        session.step(place);
        if (!stepped) {
          stepped = true;
          backend.finish();
          settings.listeners.forEach(TrainingListener::firstStepEnded);
        }
        int step = ++done;
        settings.listeners.forEach(
            listener -> listener.batchEnded(epoch.number(), step, plain.perEpoch()));
        if (step < plain.perEpoch() && recorder.filter(r -> r.isDue(session)).isPresent()) {
          recorder.get().write(checkpoint(session, step, epoch.seconds(), false));
        }
        uploads.release(place);
      }
      return uploads.waitedNanos() / NANOS;
    }
  }

  private void endEpoch(
      TrainingSession session, Optional<RunRecorder> recorder, BestModel best, boolean stopped) {
    boolean isBest = best.isLast();
    if (recorder.isEmpty() && !(isBest && best.isKept())) {
      return;
    }
    Checkpoint now = checkpoint(session, 0, 0, stopped);
    if (isBest) {
      best.keep(now);
    }
    recorder.ifPresent(r -> r.write(now));
  }

  private Checkpoint checkpoint(
      TrainingSession session, int batchesOfEpoch, double secondsOfEpoch, boolean stopped) {
    SessionState state = session.state();
    RunState run =
        new RunState(
            reports,
            batchesOfEpoch,
            secondsOfEpoch,
            stopped,
            state.counted(),
            state.step(),
            facts.validation());
    Model model =
        new Model(
            setup.network(),
            state.evaluated(),
            facts.normalization(),
            dataset.classNames(),
            setup.loss(),
            provenance());
    return Checkpoint.of(model, state, run);
  }

  private void schedule(TrainingSession session) {
    settings.schedule.ifPresent(
        schedule ->
            session.learningRate(
                schedule.rate(
                    new Moment(
                        session.stepsDone(),
                        plain.perEpoch(),
                        settings.epochs,
                        losses(session.stepsDone() / plain.perEpoch())))));
  }

  private List<Double> losses(int epochs) {
    return reports.subList(0, Math.min(epochs, reports.size())).stream()
        .map(Monitor.LOSS::of)
        .toList();
  }

  private double imagesPerEpoch() {
    return (double) plain.perEpoch() * setup.batch();
  }

  private double imagesPerSecond() {
    double seconds =
        reports.stream().mapToDouble(report -> imagesPerEpoch() / report.imagesPerSecond()).sum();
    return reports.size() * imagesPerEpoch() / seconds;
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
        BatchLoader loader = plain.normalized(facts.normalization()).open()) {
      for (int epoch = 1; ; epoch++) {
        for (Batch batch : loader.epoch(epoch)) {
          if (session.stepsDone() + 1 == failure.step()) {
            return new TrainingDivergedException(
                failure.step(), failure.lastLoss(), session.origin(failure.step(), batch));
          }
          schedule(session);
          session.step(batch);
        }
      }
    }
  }

  private Provenance provenance() {
    Map<String, Object> kept = new LinkedHashMap<>();
    kept.put("epochs", reports.size());
    kept.putAll(setup.settings());
    kept.put(
        "normalization",
        settings.givenNormalization.isPresent() ? "given" : settings.normalization.key());
    if (settings.transform != Transform.NONE || settings.mixing != Mixing.NONE) {
      kept.put("augmentation", text(settings.transform) + " " + text(settings.mixing));
    }
    settings.schedule.ifPresent(schedule -> kept.put("schedule", schedule.text()));
    kept.putAll(settings.notes);
    return new Provenance(
        Provenance.ownVersion(),
        Provenance.deviceOf(backend),
        setup.seed(),
        kept,
        facts.training());
  }

  /** What a change of samples says of itself, where that is the same in every run. */
  private static String text(Object change) {
    String text = change.toString();
    return text.contains("@") || text.contains("$$Lambda") ? "custom" : text;
  }
}
