package dev.gabor.train;

import dev.gabor.backend.Loss;

/** What outputs mean, by the loss that they were trained with. */
final class Probabilities {
  private Probabilities() {}

  /**
   * Makes probabilities of the outputs for one sample, in place: softmax for cross-entropy, exp for
   * negative log-likelihood, sigmoid for binary cross-entropy, else the outputs as they are.
   */
  static void of(Loss loss, float[] outputs) {
    switch (loss.kind()) {
      case CROSS_ENTROPY -> softmax(outputs);
      case NEGATIVE_LOG_LIKELIHOOD -> {
        for (int c = 0; c < outputs.length; c++) {
          outputs[c] = (float) Math.exp(outputs[c]);
        }
      }
      case BINARY_CROSS_ENTROPY_WITH_LOGITS -> {
        for (int c = 0; c < outputs.length; c++) {
          outputs[c] = (float) (1 / (1 + Math.exp(-outputs[c])));
        }
      }
      case MEAN_SQUARED_ERROR, L1, HUBER -> {
        // Trained towards one-hot targets: already between 0 and 1 where the network is good.
      }
    }
  }

  private static void softmax(float[] outputs) {
    double largest = Double.NEGATIVE_INFINITY;
    for (float output : outputs) {
      largest = Math.max(largest, output);
    }
    double sum = 0;
    for (float output : outputs) {
      sum += Math.exp(output - largest);
    }
    for (int c = 0; c < outputs.length; c++) {
      outputs[c] = (float) (Math.exp(outputs[c] - largest) / sum);
    }
  }
}
