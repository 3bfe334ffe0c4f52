package dev.gabor.train;

import dev.gabor.data.Batch;
import dev.gabor.data.Dataset;
import dev.gabor.data.Normalization;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.plan.Profile;
import dev.gabor.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * A network in training on a device: parameters, optimizer, and one plan that does a whole step.
 * For those who write their own loop; {@link Trainer#open()} makes it.
 *
 * <pre>{@code
 * try (TrainingSession session = trainer.open();
 *     BatchLoader loader = Batches.training(dataset, session.batchSize(), 1).open()) {
 *   for (Batch batch : loader.epoch(1)) {
 *     session.step(batch);
 *   }
 *   System.out.println(session.takeTotals().loss());
 * }
 * }</pre>
 *
 * <p>A step starts work and does not wait for its end: the next batch is copied while it runs, and
 * the one after that waits for it. Losses stay on the device until somebody asks or {@value
 * LossHistory#SLOTS} steps have gathered.
 */
public final class TrainingSession implements AutoCloseable {
  /**
   * What some steps came to.
   *
   * @param steps how many
   * @param loss the mean of the steps' losses
   * @param accuracy the share of samples whose largest prediction was their class
   */
  public record Totals(int steps, double loss, double accuracy) {}

  /** Steps before the first one that is profiled. */
  static final int WARM_UP_STEPS = 10;

  /** Steps that are profiled. */
  static final int PROFILED_STEPS = 20;

  private final TrainingSetup setup;
  private final MemoryForecast forecast;
  private final TrainingParts parts;
  private Optional<Profile> profile = Optional.empty();
  private int step;
  private int lastPlace;
  private Optional<Inference> inference = Optional.empty();

  TrainingSession(TrainingSetup setup, MemoryForecast forecast) {
    this.setup = setup;
    this.forecast = forecast;
    parts = new TrainingParts(setup);
  }

  /**
   * One step: forward, loss, backward, update.
   *
   * @param batch full, its samples normalised
   * @throws TrainingDivergedException if a loss was found not to be finite: of this step, or of one
   *     of the last {@value LossHistory#SLOTS}. Its origin is looked for with the weights as they
   *     are by then; {@link Trainer#fit} repeats the run to see those that failed.
   */
  public void step(Batch batch) {
    int place = (lastPlace + 1) % Feed.PLACES;
    feed().fill(place, batch);
    step(place);
    feed().release(place);
  }

  /**
   * One step on the samples of a place of the feed, which the caller releases.
   *
   * @throws TrainingDivergedException as {@link #step(Batch)}
   */
  void step(int place) {
    boolean timed =
        profile.isPresent() && step >= WARM_UP_STEPS && profile.get().runs() < PROFILED_STEPS;
    step(place, timed ? profile : Optional.empty());
  }

  /** One step whose kernels are timed: it waits for the device. */
  public void profiledStep(Batch batch, Profile times) {
    int place = (lastPlace + 1) % Feed.PLACES;
    feed().fill(place, batch);
    step(place, Optional.of(times));
    feed().release(place);
  }

  private void step(int place, Optional<Profile> times) {
    step++;
    parts.random().moveTo(step);
    lastPlace = place;
    if (times.isPresent()) {
      parts.plan().run(place, times.get());
    } else {
      parts.plan().run(place);
    }
    if (parts.history().isDue(step)) {
      look();
    }
  }

  /** Where the samples of a step come from, for one who fills it in another thread. */
  Feed feed() {
    return parts.feed();
  }

  /** Reads the losses of all steps so far, and waits for them. */
  private void look() {
    int bad = parts.history().readTo(step);
    if (bad > 0) {
      throw new TrainingDivergedException(
          bad,
          parts.history().last(),
          origin(step, feed().images(lastPlace), feed().target(lastPlace)));
    }
  }

  /** Where the first value that is not finite arises when a step is done with today's weights. */
  String origin(int ofStep, Batch batch) {
    Targets targets = new Targets(setup.loss(), setup.batch(), setup.classes());
    return origin(ofStep, batch.images().data(), targets.of(batch));
  }

  private String origin(int ofStep, float[] images, float[] target) {
    return Diagnosis.of(setup, parameters(), ofStep, images, target, allocatedBytes());
  }

  /**
   * The loss of the last step; waits for it.
   *
   * @throws TrainingDivergedException if it, or one before it, is not finite
   * @throws IllegalStateException if no step has been done
   */
  public double lastLoss() {
    if (step == 0) {
      throw new IllegalStateException("training session: no step has been done");
    }
    look();
    return parts.history().last();
  }

  /**
   * What the steps since the last call came to; waits for them. Without a step, loss and accuracy
   * are NaN.
   *
   * @throws TrainingDivergedException if a loss is not finite
   */
  public Totals takeTotals() {
    look();
    return parts.history().take(setup.batch());
  }

  /**
   * Times the kernels of {@value #PROFILED_STEPS} steps, after {@value #WARM_UP_STEPS} that warm
   * the device up; they wait for the device. A device that was opened for profiling tells of each
   * kernel, another one of whole operations.
   */
  public void profile(Profile times) {
    profile = Optional.of(times);
  }

  /** The steps done. */
  public int stepsDone() {
    return step;
  }

  /** The number of samples in a step. */
  public int batchSize() {
    return setup.batch();
  }

  /** Sets the learning rate of the steps to come: finite, at least 0. */
  public void learningRate(double rate) {
    parts.optimizer().learningRate(rate);
  }

  /** The learning rate of the next step. */
  public double learningRate() {
    return parts.optimizer().learningRate();
  }

  /** All that the next step depends on; waits for the steps so far. */
  SessionState state() {
    look();
    return parts.state(step);
  }

  /**
   * Goes on where a state was taken.
   *
   * @throws IllegalArgumentException if it is not that of such a session
   */
  void restore(SessionState state) {
    parts.restore(state);
    step = state.step();
  }

  /**
   * The network as it is now, for a loop of one's own to save; waits for the steps so far.
   *
   * @param normalization of the samples that were trained on
   * @param data those samples
   */
  public Model model(Normalization normalization, Dataset data) {
    Provenance provenance =
        new Provenance(
            Provenance.ownVersion(),
            Provenance.deviceOf(setup.backend()),
            setup.seed(),
            setup.settings(),
            Fingerprint.of(data));
    return model(normalization, data.classNames(), provenance);
  }

  Model model(Normalization normalization, List<String> classNames, Provenance provenance) {
    return new Model(
        setup.network(), state().evaluated(), normalization, classNames, setup.loss(), provenance);
  }

  /**
   * What the network answers as it is now: running statistics, no dropout; of the averaged weights,
   * where an average is kept. The first call allocates what it needs.
   *
   * @param images (N,…) normalised samples, N up to the batch size
   * @return (N,classes), before any softmax
   */
  public Tensor forward(Tensor images) {
    if (inference.isEmpty()) {
      inference = Optional.of(new Inference(evaluated(), setup.batch()));
    }
    return inference.get().outputs(images);
  }

  /** The parameters, to be read, or to be set before the first step. */
  public ParameterStore parameters() {
    return parts.parameters();
  }

  /** The parameters to be judged: their average, where one is kept. */
  ParameterStore evaluated() {
    return parts.evaluated();
  }

  /** What was forecast before anything was allocated. */
  public MemoryForecast forecast() {
    return forecast;
  }

  /** The device memory in use, in bytes. */
  public long allocatedBytes() {
    return parts.allocatedBytes();
  }

  /** Releases everything but the backend. */
  @Override
  public void close() {
    inference.ifPresent(Inference::close);
    inference = Optional.empty();
    parts.close();
  }
}
