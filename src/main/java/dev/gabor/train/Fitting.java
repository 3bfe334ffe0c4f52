package dev.gabor.train;

import dev.gabor.data.Dataset;
import dev.gabor.data.Normalization;
import dev.gabor.nn.Network;
import dev.gabor.tensor.Shape;

/** Whether a data set is made for a network. */
final class Fitting {
  private Fitting() {}

  static Normalization check(Network network, Normalization given) {
    if (given.channels() != network.input().shape().length(0)) {
      throw new IllegalArgumentException(
          "normalization of %d channels, expected those of samples %s"
              .formatted(given.channels(), network.input().shape()));
    }
    return given;
  }

  static void check(Network network, Dataset dataset) {
    Shape samples = network.input().shape();
    if (!samples.equals(dataset.shape())) {
      throw new IllegalArgumentException(
          "the network takes samples %s, the data set has %s".formatted(samples, dataset.shape()));
    }
    if (!network.output().shape().equals(Shape.of(dataset.classes()))) {
      throw new IllegalArgumentException(
          "the network ends with %s, the data set has %d classes"
              .formatted(network.output(), dataset.classes()));
    }
  }
}
