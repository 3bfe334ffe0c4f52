package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Loss;
import dev.gabor.nn.Network;
import dev.gabor.nn.plan.Recomputation;
import dev.gabor.nn.plan.Recording;
import dev.gabor.optim.Optimizer;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a training step is made of.
 *
 * @param network gives (classes) for each sample
 * @param batch samples in a step
 * @param seed of the first weights and of dropout
 * @param weights first values of some parameters
 * @param frozen names of parameters that stay as they are
 * @param accumulated batches whose gradients make up one update
 * @param averageDecay of the average of the weights, where one is kept
 * @param recomputes whether backward computes activations again instead of keeping them
 */
record TrainingSetup(
    Network network,
    Backend backend,
    Loss loss,
    Optimizer optimizer,
    int batch,
    long seed,
    Optional<Weights> weights,
    Set<String> frozen,
    int accumulated,
    OptionalDouble averageDecay,
    boolean recomputes) {
  TrainingSetup {
    frozen = Set.copyOf(frozen);
    if (network.output().shape().rank() != 1) {
      throw new IllegalArgumentException(
          "the network ends with %s: expected (classes) for each sample: flatten or pool first"
              .formatted(network.output()));
    }
  }

  int classes() {
    return network.output().shape().length(0);
  }

  /** What a saved model says of its training. */
  Map<String, Object> settings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("batch", batch);
    settings.put("loss", loss.kind().name().toLowerCase(Locale.ROOT));
    if (!loss.classWeights().isEmpty()) {
      settings.put("class_weights", loss.classWeights().toString());
    }
    weights.ifPresent(first -> settings.put("weights", first.fingerprint(network)));
    if (!frozen.isEmpty()) {
      settings.put("frozen", String.join(",", new TreeSet<>(frozen)));
    }
    if (accumulated > 1) {
      settings.put("accumulated", accumulated);
    }
    averageDecay.ifPresent(decay -> settings.put("average_decay", decay));
    optimizer.settings().forEach((key, value) -> settings.put("optimizer." + key, value));
    AlgorithmChoices.of(network, backend, batch)
        .ifPresent(choices -> settings.put(AlgorithmChoices.SETTING, choices.word()));
    return settings;
  }

  TrainingSetup withBatch(int samples) {
    return new TrainingSetup(
        network,
        backend,
        loss,
        optimizer,
        samples,
        seed,
        weights,
        frozen,
        accumulated,
        averageDecay,
        recomputes);
  }

  /** The complete recording of a step as it will run. */
  Recording arranged(Recording recording) {
    return recomputes ? Recomputation.smallest(recording, backend) : recording;
  }
}
