package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Losses against their formulas in double arithmetic, and gradients against these' differences. */
class LossGradientTest {
  private static final Loss[] OF_ELEMENTS = {
    Loss.meanSquaredError(),
    Loss.l1(),
    Loss.huber(),
    Loss.huber(0.3f),
    Loss.binaryCrossEntropyWithLogits()
  };

  private static final Loss[] OF_CLASSES = {
    Loss.crossEntropy(), Loss.crossEntropy(0.1f), Loss.crossEntropy(1), Loss.negativeLogLikelihood()
  };

  private static final int[][] SHAPES = {{1, 1}, {7, 10}, {13, 33}, {33, 7}, {2, 1003}};

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void equalsDoubleArithmeticAndItsCentralDifferences(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      for (int[] lengths : SHAPES) {
        Tensor x = Scratch.random(Shape.of(lengths), 1);
        Tensor probabilities = positive(Shape.of(lengths), 2);
        for (Loss loss : OF_CLASSES) {
          Loss weighted = loss.weighted(positive(Shape.of(lengths[1]), 6).data());
          compare(
              weighted, x, classes(lengths), LossRun.of(scratch, weighted, x, classes(lengths)));
          compare(loss, x, classes(lengths), LossRun.of(scratch, loss, x, classes(lengths)));
        }
        Loss smooth = Loss.crossEntropy(0.2f);
        Tensor mixed = sumsOfOne(probabilities);
        compare(smooth, x, mixed, LossRun.of(scratch, smooth, x, mixed));
        Loss weighted = smooth.weighted(positive(Shape.of(lengths[1]), 7).data());
        compare(weighted, x, mixed, LossRun.of(scratch, weighted, x, mixed));
        for (Loss loss : OF_ELEMENTS) {
          compare(loss, x, probabilities, LossRun.of(scratch, loss, x, probabilities));
        }
      }
      Tensor images = Scratch.random(Shape.of(3, 5, 7, 9), 3);
      Tensor wanted = positive(images.shape(), 4);
      for (Loss loss : OF_ELEMENTS) {
        compare(loss, images, wanted, LossRun.of(scratch, loss, images, wanted, Layout.IMAGE));
      }
    }
  }

  private static Tensor classes(int[] lengths) {
    Tensor classes = Tensor.zeros(lengths[0]);
    Philox random = new Philox(5, 0);
    for (int n = 0; n < lengths[0]; n++) {
      classes.data()[n] = random.nextInt(lengths[1]);
    }
    return classes;
  }

  private static Tensor positive(Shape shape, long seed) {
    Tensor tensor = Scratch.random(shape, seed);
    for (int i = 0; i < tensor.data().length; i++) {
      tensor.data()[i] = (1 + tensor.data()[i]) / 2;
    }
    return tensor;
  }

  private static Tensor sumsOfOne(Tensor positive) {
    int classes = positive.shape().length(1);
    Tensor shares = Tensor.zeros(positive.shape());
    for (int n = 0; n < positive.shape().length(0); n++) {
      float sum = 0;
      for (int c = 0; c < classes; c++) {
        sum += positive.data()[n * classes + c];
      }
      for (int c = 0; c < classes; c++) {
        shares.data()[n * classes + c] = positive.data()[n * classes + c] / sum;
      }
    }
    return shares;
  }

  private static void compare(Loss loss, Tensor x, Tensor target, LossRun actual) {
    int samples = x.shape().length(0);
    int elements = x.data().length / samples;
    double h = 1e-5;
    for (int n = 0; n < samples; n++) {
      double[] row = new double[elements];
      for (int i = 0; i < elements; i++) {
        row[i] = x.data()[n * elements + i];
      }
      double expected = value(loss, row, target, n);
      assertThat((double) actual.losses()[n])
          .as("%s of sample %d of %s", loss, n, x.shape())
          .isCloseTo(expected, within(1e-5 * (1 + Math.abs(expected))));
      for (int i = 0; i < elements; i++) {
        double there = row[i];
        row[i] = there + h;
        double above = value(loss, row, target, n);
        row[i] = there - h;
        double slope = (above - value(loss, row, target, n)) / (2 * h) / samples;
        row[i] = there;
        assertThat((double) actual.dprediction()[n * elements + i])
            .as("gradient of %s at [%d,%d] of %s", loss, n, i, x.shape())
            .isCloseTo(slope, within(1e-5 * Math.abs(slope) + 2e-8 + 4e-7 / samples / elements));
      }
    }
  }

  private static double value(Loss loss, double[] x, Tensor target, int n) {
    double delta = loss.parameter();
    double logSum = loss.kind() == Loss.Kind.CROSS_ENTROPY ? logSumOfExponentials(x) : 0;
    double sum = 0;
    boolean soft = target.shape().rank() > 1 || !loss.takesClasses();
    double scale = soft ? 1 : batchScale(loss, target.data());
    for (int i = 0; i < x.length; i++) {
      double w = loss.classWeights().isEmpty() ? 1 : scale * loss.classWeights().get(i);
      double t = target.data()[soft ? n * x.length + i : n];
      double hot = soft ? t : (t == i ? 1 : 0);
      double d = loss.takesClasses() ? 0 : Math.abs(x[i] - t);
      sum +=
          switch (loss.kind()) {
            case CROSS_ENTROPY -> -w * ((1 - delta) * hot + delta / x.length) * (x[i] - logSum);
            case NEGATIVE_LOG_LIKELIHOOD -> -w * hot * x[i];
            case MEAN_SQUARED_ERROR -> d * d / x.length;
            case L1 -> d / x.length;
            case HUBER -> (d <= delta ? d * d / 2 : delta * (d - delta / 2)) / x.length;
            case BINARY_CROSS_ENTROPY_WITH_LOGITS ->
                (Math.log(1 + Math.exp(x[i])) - x[i] * t) / x.length;
          };
    }
    return sum;
  }

  private static double batchScale(Loss loss, float[] classes) {
    double sum = 0;
    for (float each : classes) {
      sum += loss.classWeights().isEmpty() ? 1 : loss.classWeights().get((int) each);
    }
    return classes.length / sum;
  }

  private static double logSumOfExponentials(double[] x) {
    double sum = 0;
    for (double each : x) {
      sum += Math.exp(each);
    }
    return Math.log(sum);
  }
}
