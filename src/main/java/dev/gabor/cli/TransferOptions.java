package dev.gabor.cli;

import dev.gabor.data.DataException;
import dev.gabor.data.Dataset;
import dev.gabor.nn.Network;
import dev.gabor.train.Model;
import dev.gabor.train.Trainer;
import dev.gabor.train.Weights;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What a run takes over from a model that was trained before, and leaves as it is. */
final class TransferOptions {
  private static final String BACKBONE = "backbone";

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description =
          "Begin with the weights of a saved model, by name, where the shapes agree. Without --model"
              + " its network is taken, with a new head where the classes are others; without"
              + " --normalize its normalisation.")
  private Path file;

  @Option(
      names = "--freeze",
      paramLabel = "PATTERN",
      split = ",",
      description =
          "Leave parameters as they are, by layer or name, * for any text: conv1, batch_norm*,"
              + " *.bias; backbone for all but the head. May be given several times.")
  private List<String> patterns = List.of();

  /** The weights, if there are any. */
  Optional<Weights> weights() {
    return Optional.ofNullable(file).map(Weights::read);
  }

  /** The model whose network is to be taken; its file must be one. */
  Model model(Weights weights) {
    return weights
        .model()
        .orElseThrow(
            () ->
                new DataException(
                    file + ": holds weights and no network, expected --model NAME with it"));
  }

  /** The network of a model for other data: its head fits their classes. */
  Network network(Model model, Dataset dataset) {
    Network network = model.network();
    if (!network.input().shape().equals(dataset.shape())) {
      throw new DataException(
          "%s: its network takes samples %s, the data has %s: expected data of that shape, or --model"
              .formatted(file, network.input().shape(), dataset.shape()));
    }
    return model.classNames().size() == dataset.classes()
        ? network
        : network.withClasses(dataset.classes());
  }

  /** A trainer with the normalisation that the weights were trained on, where it fits. */
  Trainer normalized(Trainer trainer, Optional<Weights> weights, Network network) {
    return weights
        .flatMap(Weights::model)
        .map(Model::normalization)
        .filter(given -> given.channels() == network.input().shape().length(0))
        .map(trainer::normalization)
        .orElse(trainer);
  }

  /** A trainer that begins with the weights, says so, and freezes what is asked for. */
  Trainer apply(
      Trainer trainer,
      Optional<Weights> weights,
      Network network,
      Dataset dataset,
      PrintWriter err) {
    Optional<Weights> fitting = weights.map(first -> first.forClasses(dataset.classNames()));
    fitting.ifPresent(first -> err.println(first.onto(network)));
    Trainer changed = fitting.map(trainer::weights).orElse(trainer);
    for (String pattern : patterns) {
      changed = pattern.equals(BACKBONE) ? changed.freezeBackbone() : changed.freeze(pattern);
    }
    return changed;
  }
}
