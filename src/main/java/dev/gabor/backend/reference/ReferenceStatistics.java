package dev.gabor.backend.reference;

import dev.gabor.backend.BatchNorm;
import dev.gabor.backend.DeviceTensor;

/**
 * The statistics of a batch, channel by channel: mean and variance in two passes, all sums in
 * double; what is saved of them, and how the running ones move.
 */
final class ReferenceStatistics {
  private final BatchNorm problem;
  private final ReferenceTensor x;
  private final ReferenceTensor runningMean;
  private final ReferenceTensor runningVariance;
  private final ReferenceTensor saved;

  ReferenceStatistics(
      BatchNorm problem,
      DeviceTensor x,
      DeviceTensor runningMean,
      DeviceTensor runningVariance,
      DeviceTensor saved) {
    this.problem = problem;
    this.x = ReferenceTensor.of(x);
    this.runningMean = ReferenceTensor.of(runningMean);
    this.runningVariance = ReferenceTensor.of(runningVariance);
    this.saved = ReferenceTensor.of(saved);
  }

  /** Takes those of channel c. */
  void take(int c) {
    double count = problem.rows();
    double mean = sum(c) / count;
    double squares = squares(c, mean);
    move(runningMean, c, mean);
    move(runningVariance, c, squares / (count - 1));
    saved.data[saved.offset + c] = (float) mean;
    saved.data[saved.offset + problem.c() + c] =
        (float) (1 / Math.sqrt(squares / count + problem.epsilon()));
  }

  /** The mean of channel c as saved, by which forward and backward passes go. */
  float mean(int c) {
    return saved.data[saved.offset + c];
  }

  /** 1 / sqrt(variance + epsilon) of channel c as saved. */
  float inverse(int c) {
    return saved.data[saved.offset + problem.c() + c];
  }

  private double sum(int c) {
    double sum = 0;
    for (int n = 0; n < problem.n(); n++) {
      int first = x.offset + run(n, c);
      for (int i = first; i < first + problem.area(); i++) {
        sum += x.data[i];
      }
    }
    return sum;
  }

  private double squares(int c, double mean) {
    double sum = 0;
    for (int n = 0; n < problem.n(); n++) {
      int first = x.offset + run(n, c);
      for (int i = first; i < first + problem.area(); i++) {
        double difference = x.data[i] - mean;
        sum += difference * difference;
      }
    }
    return sum;
  }

  private void move(ReferenceTensor running, int c, double value) {
    int i = running.offset + c;
    float momentum = problem.momentum();
    running.data[i] = (float) ((1 - momentum) * running.data[i] + momentum * value);
  }

  /** Where image n holds channel c. */
  private int run(int n, int c) {
    return (n * problem.c() + c) * problem.area();
  }
}
