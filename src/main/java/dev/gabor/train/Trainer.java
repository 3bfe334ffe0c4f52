package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Loss;
import dev.gabor.data.Dataset;
import dev.gabor.data.Mixing;
import dev.gabor.data.Normalization;
import dev.gabor.data.Transform;
import dev.gabor.nn.NamePattern;
import dev.gabor.nn.Network;
import dev.gabor.nn.plan.Profile;
import dev.gabor.optim.Optimizer;
import dev.gabor.optim.Schedule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a network is trained. Immutable: every setting gives a new trainer.
 *
 * <pre>{@code
 * TrainingResult result =
 *     Trainer.of(network).on(backend).epochs(6).seed(1).validation(test).fit(train);
 * result.model().save(Path.of("digits.safetensors"));
 * }</pre>
 *
 * <p>Defaults: cross-entropy, Adam at 1e-3, batches of 64, 6 epochs, seed 1, input normalised by
 * mean and standard deviation, no validation, no augmentation. The same trainer on the same device
 * and data gives the same bits.
 */
public final class Trainer {
  private static final int DEFAULT_BATCH = 64;
  private static final int DEFAULT_EPOCHS = 6;
  private static final double DEFAULT_RATE = 1e-3;

  final Network network;
  Optional<Backend> backend = Optional.empty();
  Loss loss = Loss.crossEntropy();
  Optimizer optimizer = Optimizer.adam(DEFAULT_RATE);
  Optional<Schedule> schedule = Optional.empty();
  int batch = DEFAULT_BATCH;
  int epochs = DEFAULT_EPOCHS;
  long seed = 1;
  Normalization.Kind normalization = Normalization.Kind.STANDARD;
  Transform transform = Transform.NONE;
  Mixing mixing = Mixing.NONE;
  OptionalInt loaderThreads = OptionalInt.empty();
  Map<String, Object> notes = Map.of();
  Optional<Dataset> validation = Optional.empty();
  Optional<Normalization> givenNormalization = Optional.empty();
  Optional<Weights> weights = Optional.empty();
  Set<String> frozen = Set.of();
  int accumulated = 1;
  OptionalDouble averageDecay = OptionalDouble.empty();
  List<TrainingListener> listeners = List.of();
  Monitor monitor = Monitor.LOSS;
  Optional<EarlyStopping> earlyStopping = Optional.empty();
  Optional<Checkpoints> checkpoints = Optional.empty();
  Optional<Profile> profile = Optional.empty();
  boolean recomputes;

  private Trainer(Network network) {
    this.network = network;
  }

  /** A trainer with the defaults; it wants a backend still. */
  public static Trainer of(Network network) {
    return new Trainer(network);
  }

  private Trainer copy() {
    Trainer copy = new Trainer(network);
    copy.backend = backend;
    copy.loss = loss;
    copy.optimizer = optimizer;
    copy.schedule = schedule;
    copy.batch = batch;
    copy.epochs = epochs;
    copy.seed = seed;
    copy.normalization = normalization;
    copy.transform = transform;
    copy.mixing = mixing;
    copy.loaderThreads = loaderThreads;
    copy.notes = notes;
    copy.profile = profile;
    copy.recomputes = recomputes;
    copy.validation = validation;
    copy.givenNormalization = givenNormalization;
    copy.weights = weights;
    copy.frozen = frozen;
    copy.accumulated = accumulated;
    copy.averageDecay = averageDecay;
    copy.listeners = listeners;
    copy.monitor = monitor;
    copy.earlyStopping = earlyStopping;
    copy.checkpoints = checkpoints;
    return copy;
  }

  /** The device; the caller closes it after the run. */
  public Trainer on(Backend device) {
    Trainer copy = copy();
    copy.backend = Optional.of(device);
    return copy;
  }

  /** What is made small. */
  public Trainer loss(Loss function) {
    Trainer copy = copy();
    copy.loss = function;
    return copy;
  }

  /** How parameters follow their gradients. */
  public Trainer optimizer(Optimizer rule) {
    Trainer copy = copy();
    copy.optimizer = rule;
    return copy;
  }

  /** The learning rate of each step, in place of the optimizer's. */
  public Trainer schedule(Schedule rates) {
    Trainer copy = copy();
    copy.schedule = Optional.of(rates);
    return copy;
  }

  /** Samples in a step. A last batch of fewer is left out; the order changes with every epoch. */
  public Trainer batch(int samples) {
    Trainer copy = copy();
    copy.batch = samples;
    return copy;
  }

  /** How often the training set is gone through, at least once. */
  public Trainer epochs(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("epochs: expected at least 1, found " + count);
    }
    Trainer copy = copy();
    copy.epochs = count;
    return copy;
  }

  /** Fixes the first weights, the dropout masks and the order of samples. */
  public Trainer seed(long number) {
    Trainer copy = copy();
    copy.seed = number;
    return copy;
  }

  /** The input normalisation to be fitted on the training set. */
  public Trainer normalization(Normalization.Kind kind) {
    Trainer copy = copy();
    copy.normalization = kind;
    copy.givenNormalization = Optional.empty();
    return copy;
  }

  /** An input normalisation that is not to be fitted: that of a model whose weights are taken. */
  public Trainer normalization(Normalization given) {
    Trainer copy = copy();
    copy.givenNormalization = Optional.of(given);
    return copy;
  }

  /** Augmentation of training samples. */
  public Trainer transform(Transform change) {
    Trainer copy = copy();
    copy.transform = change;
    return copy;
  }

  /**
   * Augmentation of whole training batches: mixup, cutmix. The loss then compares with
   * probabilities.
   */
  public Trainer mixing(Mixing blend) {
    Trainer copy = copy();
    copy.mixing = blend;
    return copy;
  }

  /**
   * Threads that read and augment training samples, at least 1; else all processors but one, at
   * most 8. They have no influence on the result.
   */
  public Trainer loaderThreads(int count) {
    Trainer copy = copy();
    copy.loaderThreads = OptionalInt.of(count);
    return copy;
  }

  /** Something to be kept among the settings in the model's {@link Provenance}. */
  public Trainer note(String name, String value) {
    Trainer copy = copy();
    copy.notes = new LinkedHashMap<>(notes);
    copy.notes.put(name, value);
    return copy;
  }

  /** A data set that is evaluated after every epoch. */
  public Trainer validation(Dataset dataset) {
    Trainer copy = copy();
    copy.validation = Optional.of(dataset);
    return copy;
  }

  /** Times the kernels of some steps, see {@link TrainingSession#profile}. */
  public Trainer profile(Profile times) {
    Trainer copy = copy();
    copy.profile = Optional.of(times);
    return copy;
  }

  /**
   * Keeps only some activations and computes the rest again in backward: the same bits in less
   * memory, for about one more forward pass of time. Which are kept is chosen so that the step
   * takes the fewest bytes; {@link #forecast} says how many that saves.
   */
  public Trainer recompute() {
    Trainer copy = copy();
    copy.recomputes = true;
    return copy;
  }

  /** First values of parameters, in place of the seed's where names and shapes agree. */
  public Trainer weights(Weights first) {
    Trainer copy = copy();
    copy.weights = Optional.of(first);
    return copy;
  }

  /**
   * Parameters that stay as they are, to the bit, by their whole names, and no others. What lies
   * before all that trains costs no backward pass. A batch-norm of which all four are frozen, the
   * running statistics too, normalises by these (Keras' {@code trainable = False}); where only its
   * weight and bias are, by the batch, and the statistics follow (PyTorch's {@code requires_grad =
   * False}).
   */
  public Trainer frozen(Set<String> names) {
    Trainer copy = copy();
    copy.frozen = Set.copyOf(names);
    return copy;
  }

  /**
   * Freezes further parameters by {@link NamePattern}: {@code freeze("conv1", "batch_norm*")}; see
   * {@link #frozen}.
   *
   * @throws IllegalArgumentException if a pattern fits no parameter of the network
   */
  public Trainer freeze(String... patterns) {
    Set<String> names = new TreeSet<>(frozen);
    names.addAll(Freezing.matching(network, patterns));
    return frozen(names);
  }

  /** Freezes all but the {@link Network#head()}. */
  public Trainer freezeBackbone() {
    Set<String> names = new TreeSet<>(frozen);
    names.addAll(Freezing.backbone(network));
    return frozen(names);
  }

  /**
   * Updates after every so many batches, by the mean of their gradients: as one batch so many times
   * larger would, but in the memory of one. Batch-norm still looks at one batch at a time. Steps
   * and schedules go on counting batches; those left over at the end of a run change nothing.
   */
  public Trainer accumulate(int batches) {
    if (batches < 1) {
      throw new IllegalArgumentException(
          "gradient accumulation: expected at least 1 batch, found " + batches);
    }
    Trainer copy = copy();
    copy.accumulated = batches;
    return copy;
  }

  /**
   * Evaluates and saves an exponential moving average of the weights instead of the last ones: see
   * {@link dev.gabor.optim.WeightAverage}.
   *
   * @param decay 0 to below 1, for example 0.999
   */
  public Trainer averageWeights(double decay) {
    if (!(decay >= 0 && decay < 1)) {
      throw new IllegalArgumentException(
          "weight average: decay is " + decay + ", expected at least 0 and below 1");
    }
    Trainer copy = copy();
    copy.averageDecay = OptionalDouble.of(decay);
    return copy;
  }

  /** Adds one that follows the run. */
  public Trainer listener(TrainingListener listener) {
    Trainer copy = copy();
    copy.listeners = new ArrayList<>(listeners);
    copy.listeners.add(listener);
    return copy;
  }

  /** The number that says which epoch is best; the loss, unless it is set. */
  public Trainer monitor(Monitor number) {
    Trainer copy = copy();
    copy.monitor = number;
    return copy;
  }

  /** Ends the run before its last epoch where it no longer improves. */
  public Trainer earlyStopping(EarlyStopping rule) {
    Trainer copy = copy();
    copy.earlyStopping = Optional.of(rule);
    return copy;
  }

  /** Writes checkpoints, and goes on from one where that is asked for. */
  public Trainer checkpoints(Checkpoints files) {
    Trainer copy = copy();
    copy.checkpoints = Optional.of(files);
    return copy;
  }

  /**
   * The memory that training would take, with evaluation if there is a validation set; allocates
   * nothing.
   *
   * @throws IllegalArgumentException if the device has less, naming the batch size that would fit
   */
  public MemoryForecast forecast() {
    return MemoryForecast.fitting(setup(), validation.isPresent());
  }

  /**
   * Places the network on the device with its first weights, for a loop of one's own.
   *
   * @throws IllegalArgumentException as {@link #forecast()}
   */
  public TrainingSession open() {
    TrainingSetup setup = setup();
    return new TrainingSession(setup, MemoryForecast.fitting(setup, false));
  }

  /**
   * Trains.
   *
   * @throws IllegalArgumentException if network and data do not fit together, {@link #forecast()}
   *     refuses, or a checkpoint to be resumed is damaged or of another model, other data or other
   *     settings
   * @throws TrainingDivergedException if a loss is not finite
   */
  public TrainingResult fit(Dataset dataset) {
    return new TrainingRun(this, setup(), dataset).run();
  }

  private TrainingSetup setup() {
    Backend device =
        backend.orElseThrow(
            () -> new IllegalArgumentException("trainer: expected a backend, call on(…) first"));
    Loss compared = mixing == Mixing.NONE ? loss : loss.onProbabilities();
    return new TrainingSetup(
        network,
        device,
        compared,
        optimizer,
        batch,
        seed,
        weights,
        frozen,
        accumulated,
        averageDecay,
        recomputes);
  }
}
