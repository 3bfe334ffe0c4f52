package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Loss;
import dev.gabor.data.Dataset;
import dev.gabor.data.Mixing;
import dev.gabor.data.Normalization;
import dev.gabor.data.Transform;
import dev.gabor.nn.Network;
import dev.gabor.nn.plan.Profile;
import dev.gabor.optim.Optimizer;
import dev.gabor.optim.Schedule;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

/** What a {@link Trainer} was told, with its defaults. Changed only while it is copied. */
final class TrainingSettings implements Cloneable {
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

  TrainingSettings(Network network) {
    this.network = network;
  }

  /** A copy with a change, which must put new collections in the place of those there. */
  TrainingSettings with(Consumer<TrainingSettings> change) {
    try {
      TrainingSettings copy = (TrainingSettings) clone();
      change.accept(copy);
      return copy;
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * What a step is made of.
   *
   * @throws IllegalArgumentException if there is no backend yet, or something does not fit
   */
  TrainingSetup setup() {
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
