package dev.gabor.backend.reference;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Loss;
import dev.gabor.backend.LossOps;
import dev.gabor.backend.RandomState;
import dev.gabor.backend.Step;
import java.util.Optional;

/** Losses, sample by sample in double. */
final class ReferenceLoss extends LossOps {
  @Override
  protected Step bind(
      Loss loss,
      DeviceTensor prediction,
      DeviceTensor target,
      DeviceTensor losses,
      DeviceTensor dprediction) {
    ReferenceTensor y = ReferenceTensor.of(losses);
    Samples samples =
        new Samples(
            loss,
            ReferenceTensor.of(prediction),
            ReferenceTensor.of(target),
            dprediction.isPresent()
                ? Optional.of(ReferenceTensor.of(dprediction))
                : Optional.empty(),
            y.size);
    return () -> {
      double scale = samples.batchScale();
      Parallel.forEach(y.size, n -> y.data[y.offset + n] = (float) samples.loss(n, scale));
    };
  }

  /** A bound loss. */
  private record Samples(
      Loss loss,
      ReferenceTensor x,
      ReferenceTensor target,
      Optional<ReferenceTensor> dx,
      int count) {
    /** What the losses of a batch with class weights are multiplied by, so that their mean is N. */
    double batchScale() {
      if (loss.classWeights().isEmpty() || target.shape().rank() == 2) {
        return 1;
      }
      double sum = 0;
      for (int n = 0; n < count; n++) {
        float number = target.data[target.offset + n];
        boolean known = number >= 0 && number < loss.classWeights().size();
        sum += known ? loss.classWeights().get((int) number) : 0;
      }
      return count / sum;
    }

    private double classWeight(int c) {
      return loss.classWeights().isEmpty() ? 1 : loss.classWeights().get(c);
    }

    /** The loss of one sample; writes its gradient. */
    double loss(int n, double scale) {
      return switch (loss.kind()) {
        case CROSS_ENTROPY -> crossEntropy(n, scale);
        case NEGATIVE_LOG_LIKELIHOOD -> logLikelihood(n, scale);
        default -> elements(n);
      };
    }

    private double crossEntropy(int n, double scale) {
      int classes = x.size / count;
      double logSum = logSum(n * classes, classes);
      double value = 0;
      double weights = 0;
      for (int c = 0; c < classes; c++) {
        double weight = scale * weight(n, c);
        weights += weight;
        value -= weight * (x.data[x.offset + n * classes + c] - logSum);
      }
      if (dx.isPresent()) {
        for (int c = 0; c < classes; c++) {
          double probability = Math.exp(x.data[x.offset + n * classes + c] - logSum);
          slope(n * classes + c, probability * weights - scale * weight(n, c), count);
        }
      }
      return value;
    }

    /** log Σ exp(x), the largest subtracted first so that nothing overflows. */
    private double logSum(int row, int classes) {
      double largest = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        largest = Math.max(largest, x.data[x.offset + row + c]);
      }
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        sum += Math.exp(x.data[x.offset + row + c] - largest);
      }
      return largest + Math.log(sum);
    }

    /** q_c of the contract, times the weight of the class. */
    private double weight(int n, int c) {
      int classes = x.size / count;
      double hard =
          target.shape().rank() == 2
              ? target.data[target.offset + n * classes + c]
              : oneHot(target.data[target.offset + n], classes, c);
      double smoothing = loss.parameter();
      return classWeight(c) * ((1 - smoothing) * hard + smoothing / classes);
    }

    private double logLikelihood(int n, double scale) {
      int classes = x.size / count;
      float number = target.data[target.offset + n];
      boolean known = number >= 0 && number < classes;
      double weight = known ? scale * classWeight((int) number) : Double.NaN;
      double value = known ? -weight * x.data[x.offset + n * classes + (int) number] : Double.NaN;
      if (dx.isPresent()) {
        for (int c = 0; c < classes; c++) {
          slope(n * classes + c, -weight * oneHot(number, classes, c), count);
        }
      }
      return value;
    }

    private double elements(int n) {
      int elements = x.size / count;
      double sum = 0;
      for (int i = n * elements; i < (n + 1) * elements; i++) {
        double prediction = x.data[x.offset + i];
        double wanted = target.data[target.offset + i];
        sum += ReferenceLoss.value(loss, prediction, wanted);
        if (dx.isPresent()) {
          slope(i, ReferenceLoss.slope(loss, prediction, wanted), x.size);
        }
      }
      return sum / elements;
    }

    private void slope(int i, double value, int divisor) {
      dx.get().data[dx.get().offset + i] = (float) (value / divisor);
    }
  }

  private static double oneHot(float number, int classes, int c) {
    if (!(number >= 0 && number < classes)) {
      return Double.NaN;
    }
    return (int) number == c ? 1 : 0;
  }

  private static double value(Loss loss, double x, double t) {
    double distance = Math.abs(x - t);
    double delta = loss.parameter();
    return switch (loss.kind()) {
      case MEAN_SQUARED_ERROR -> distance * distance;
      case L1 -> distance;
      case HUBER -> distance <= delta ? distance * distance / 2 : delta * (distance - delta / 2);
      case BINARY_CROSS_ENTROPY_WITH_LOGITS ->
          Math.max(x, 0) - x * t + Math.log1p(Math.exp(-Math.abs(x)));
      default -> throw new IllegalArgumentException(loss + " is not a loss of elements");
    };
  }

  private static double slope(Loss loss, double x, double t) {
    double delta = loss.parameter();
    return switch (loss.kind()) {
      case MEAN_SQUARED_ERROR -> 2 * (x - t);
      case L1 -> Math.signum(x - t);
      case HUBER -> Math.max(-delta, Math.min(x - t, delta));
      case BINARY_CROSS_ENTROPY_WITH_LOGITS -> 1 / (1 + Math.exp(-x)) - t;
      default -> throw new IllegalArgumentException(loss + " is not a loss of elements");
    };
  }

  @Override
  protected Step bindCountCorrect(
      DeviceTensor prediction, DeviceTensor target, DeviceTensor correct) {
    ReferenceTensor x = ReferenceTensor.of(prediction);
    ReferenceTensor t = ReferenceTensor.of(target);
    ReferenceTensor y = ReferenceTensor.of(correct);
    int classes = x.size / y.size;
    boolean probabilities = t.shape().rank() == 2;
    return () -> {
      for (int n = 0; n < y.size; n++) {
        float wanted = probabilities ? firstLargest(t, n, classes) : t.data[t.offset + n];
        y.data[y.offset + n] = firstLargest(x, n, classes) == wanted ? 1 : 0;
      }
    };
  }

  private static int firstLargest(ReferenceTensor x, int n, int classes) {
    int row = x.offset + n * classes;
    int best = 0;
    for (int c = 1; c < classes; c++) {
      if (x.data[row + c] > x.data[row + best]) {
        best = c;
      }
    }
    return best;
  }

  @Override
  protected Step bindSummarize(
      DeviceTensor losses, DeviceTensor correct, RandomState random, DeviceTensor history) {
    ReferenceTensor values = ReferenceTensor.of(losses);
    ReferenceTensor kept = ReferenceTensor.of(history);
    int slots = kept.size / 2;
    return () -> {
      int row = kept.offset + 2 * Math.floorMod(random.step(), slots);
      kept.data[row] = (float) (sum(values) / values.size);
      kept.data[row + 1] = correct.isPresent() ? (float) sum(ReferenceTensor.of(correct)) : 0;
    };
  }

  private static double sum(ReferenceTensor x) {
    double sum = 0;
    for (int i = 0; i < x.size; i++) {
      sum += x.data[x.offset + i];
    }
    return sum;
  }
}
