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
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

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
  private final TrainingSettings settings;

  private Trainer(TrainingSettings settings) {
    this.settings = settings;
  }

  /** A trainer with the defaults; it wants a backend still. */
  public static Trainer of(Network network) {
    return new Trainer(new TrainingSettings(network));
  }

  /** The device; the caller closes it after the run. */
  public Trainer on(Backend device) {
    return with(s -> s.backend = Optional.of(device));
  }

  /** What is made small. */
  public Trainer loss(Loss function) {
    return with(s -> s.loss = function);
  }

  /** How parameters follow their gradients. */
  public Trainer optimizer(Optimizer rule) {
    return with(s -> s.optimizer = rule);
  }

  /** The learning rate of each step, in place of the optimizer's. */
  public Trainer schedule(Schedule rates) {
    return with(s -> s.schedule = Optional.of(rates));
  }

  /**
   * Samples in a step, at least 1. A last batch of fewer is left out; the order changes with every
   * epoch.
   */
  public Trainer batch(int samples) {
    if (samples < 1) {
      throw new IllegalArgumentException("batch size: expected at least 1, found " + samples);
    }
    return with(s -> s.batch = samples);
  }

  /** How often the training set is gone through, at least once. */
  public Trainer epochs(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("epochs: expected at least 1, found " + count);
    }
    return with(s -> s.epochs = count);
  }

  /** Fixes the first weights, the dropout masks and the order of samples. */
  public Trainer seed(long number) {
    return with(s -> s.seed = number);
  }

  /** The input normalisation to be fitted on the training set. */
  public Trainer normalization(Normalization.Kind kind) {
    return with(
        s -> {
          s.normalization = kind;
          s.givenNormalization = Optional.empty();
        });
  }

  /** An input normalisation that is not to be fitted: that of a model whose weights are taken. */
  public Trainer normalization(Normalization given) {
    return with(s -> s.givenNormalization = Optional.of(given));
  }

  /** Augmentation of training samples. */
  public Trainer transform(Transform change) {
    return with(s -> s.transform = change);
  }

  /**
   * Augmentation of whole training batches: mixup, cutmix. The loss then compares with
   * probabilities.
   */
  public Trainer mixing(Mixing blend) {
    return with(s -> s.mixing = blend);
  }

  /**
   * Threads that read and augment training samples, at least 1; else all processors but one, at
   * most 8. They have no influence on the result.
   */
  public Trainer loaderThreads(int count) {
    return with(s -> s.loaderThreads = OptionalInt.of(count));
  }

  /** Something to be kept among the settings in the model's {@link Provenance}. */
  public Trainer note(String name, String value) {
    return with(
        s -> {
          s.notes = new LinkedHashMap<>(s.notes);
          s.notes.put(name, value);
        });
  }

  /** A data set that is evaluated after every epoch. */
  public Trainer validation(Dataset dataset) {
    return with(s -> s.validation = Optional.of(dataset));
  }

  /** Times the kernels of some steps, see {@link TrainingSession#profile}. */
  public Trainer profile(Profile times) {
    return with(s -> s.profile = Optional.of(times));
  }

  /**
   * Keeps only some activations and computes the rest again in backward: the same bits in less
   * memory, for about one more forward pass of time. Which are kept is chosen so that the step
   * takes the fewest bytes; {@link #forecast} says how many that saves.
   */
  public Trainer recompute() {
    return with(s -> s.recomputes = true);
  }

  /** First values of parameters, in place of the seed's where names and shapes agree. */
  public Trainer weights(Weights first) {
    return with(s -> s.weights = Optional.of(first));
  }

  /**
   * Parameters that stay as they are, to the bit, by their whole names, and no others. What lies
   * before all that trains costs no backward pass. A batch-norm of which all four are frozen, the
   * running statistics too, normalises by these (Keras' {@code trainable = False}); where only its
   * weight and bias are, by the batch, and the statistics follow (PyTorch's {@code requires_grad =
   * False}).
   */
  public Trainer frozen(Set<String> names) {
    return with(s -> s.frozen = Set.copyOf(names));
  }

  /**
   * Freezes further parameters by {@link NamePattern}: {@code freeze("conv1", "batch_norm*")}; see
   * {@link #frozen}.
   *
   * @throws IllegalArgumentException if a pattern fits no parameter of the network
   */
  public Trainer freeze(String... patterns) {
    Set<String> names = new TreeSet<>(settings.frozen);
    names.addAll(Freezing.matching(settings.network, patterns));
    return frozen(names);
  }

  /** Freezes all but the {@link Network#head()}. */
  public Trainer freezeBackbone() {
    Set<String> names = new TreeSet<>(settings.frozen);
    names.addAll(Freezing.backbone(settings.network));
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
    return with(s -> s.accumulated = batches);
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
    return with(s -> s.averageDecay = OptionalDouble.of(decay));
  }

  /** Adds one that follows the run. */
  public Trainer listener(TrainingListener listener) {
    return with(
        s -> {
          s.listeners = new ArrayList<>(s.listeners);
          s.listeners.add(listener);
        });
  }

  /** The number that says which epoch is best; the loss, unless it is set. */
  public Trainer monitor(Monitor number) {
    return with(s -> s.monitor = number);
  }

  /** Ends the run before its last epoch where it no longer improves. */
  public Trainer earlyStopping(EarlyStopping rule) {
    return with(s -> s.earlyStopping = Optional.of(rule));
  }

  /** Writes checkpoints, and goes on from one where that is asked for. */
  public Trainer checkpoints(Checkpoints files) {
    return with(s -> s.checkpoints = Optional.of(files));
  }

  /**
   * The memory that training would take, with evaluation if there is a validation set; allocates
   * nothing.
   *
   * @throws IllegalArgumentException if the device has less, naming the batch size that would fit
   */
  public MemoryForecast forecast() {
    return MemoryForecast.fitting(settings.setup(), settings.validation.isPresent());
  }

  /**
   * Places the network on the device with its first weights, for a loop of one's own.
   *
   * @throws IllegalArgumentException as {@link #forecast()}
   */
  public TrainingSession open() {
    TrainingSetup setup = settings.setup();
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
    return new TrainingRun(settings, dataset).run();
  }

  private Trainer with(Consumer<TrainingSettings> change) {
    return new Trainer(settings.with(change));
  }
}
