package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OptimizerOpsTest {
  private static final UpdateRule[] RULES = {
    UpdateRule.sgd(),
    UpdateRule.sgd().withDecay(0.1, 0).withClipValue(0.4),
    UpdateRule.momentum(0.9).withDecay(0.01, 0),
    UpdateRule.nesterov(0.8),
    UpdateRule.rmsprop(0.99, 1e-8, 0),
    UpdateRule.rmsprop(0.9, 1e-6, 0.5).withDecay(0.01, 0),
    UpdateRule.adam(0.9, 0.999, 1e-8).withDecay(0.02, 0),
    UpdateRule.adam(0.9, 0.999, 1e-8).withDecay(0, 0.01).withClipValue(0.7),
    UpdateRule.adagrad(1e-10).withDecay(0.01, 0),
    UpdateRule.adadelta(0.9, 1e-6).withDecay(0.01, 0),
    UpdateRule.lion(0.9, 0.99).withDecay(0, 0.1),
    UpdateRule.lars(0.9, 0.001).withDecay(0.01, 0),
  };

  /** A rule bound to parameters and states of its own. */
  private static final class Bound implements AutoCloseable {
    final Scratch scratch;
    final DeviceTensor gradient;
    final DeviceTensor w;
    final List<DeviceTensor> states = new ArrayList<>();
    final Hyperparameters hyperparameters = new Hyperparameters(0.1);
    final Step step;

    Bound(Scratch scratch, UpdateRule rule, Tensor start, DeviceTensor scale) {
      this.scratch = scratch;
      gradient = scratch.empty(start.shape(), Layout.PLAIN);
      w = scratch.put(start);
      rule.states().forEach(name -> states.add(scratch.put(Tensor.zeros(start.shape()))));
      OptimizerOps ops = scratch.backend().optimizer();
      step = ops.update(rule, gradient, scale, states, w, hyperparameters);
    }

    /** One update; the parameters after it. */
    float[] update(float... g) {
      scratch.backend().write(g, gradient);
      hyperparameters.advance();
      step.run();
      return scratch.get(w).data();
    }

    @Override
    public void close() {
      step.close();
    }
  }

  private static void twoSteps(
      Scratch scratch, UpdateRule rule, float g1, float g2, double w1, double w2) {
    Tensor one = Tensor.of(Shape.of(1), 1);
    try (Bound bound = new Bound(scratch, rule, one, DeviceTensor.NONE)) {
      assertThat((double) bound.update(g1)[0]).as("%s, 1", rule).isCloseTo(w1, within(1e-6));
      assertThat((double) bound.update(g2)[0]).as("%s, 2", rule).isCloseTo(w2, within(2e-6));
    }
  }

  // From w = 1 with learning rate 0.1, worked out by hand.
  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void firstTwoStepsEqualHandNumbers(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      twoSteps(scratch, UpdateRule.sgd(), 0.5f, -0.25f, 0.95, 0.975);
      twoSteps(scratch, UpdateRule.sgd().withDecay(0.1, 0), 0.5f, 0.5f, 0.94, 0.8806);
      twoSteps(scratch, UpdateRule.sgd().withDecay(0, 0.1), 0.5f, 0.5f, 0.94, 0.8806);
      twoSteps(scratch, UpdateRule.sgd().withClipValue(0.2), 0.5f, -9, 0.98, 1);
      twoSteps(scratch, UpdateRule.momentum(0.9), 0.5f, 0.5f, 0.95, 0.855);
      twoSteps(scratch, UpdateRule.nesterov(0.9), 0.5f, 0.5f, 0.905, 0.7695);
      // s = 0.0025, then 0.004975.
      twoSteps(scratch, UpdateRule.rmsprop(0.99, 1e-8, 0), 0.5f, 0.5f, 0, -0.70888121);
      UpdateRule adam = UpdateRule.adam(0.9, 0.999, 1e-8);
      twoSteps(scratch, adam, 0.5f, 0.5f, 0.9, 0.8);
      // m = 0.02 / 0.19, v = 0.00031225 / 0.001999.
      twoSteps(scratch, adam, 0.5f, -0.25f, 0.9, 0.87336605);
      twoSteps(scratch, adam.withDecay(0, 0.01), 0.5f, 0.5f, 0.899, 0.798101);
      // s = 0.25, then 0.5: the second step is 0.1 / √2.
      twoSteps(scratch, UpdateRule.adagrad(1e-10), 0.5f, 0.5f, 0.9, 0.82928932);
      // s = 0.025, then 0.0475; d = 0.00316221, then from u = 1.99996e-6 on 0.00324436.
      twoSteps(scratch, UpdateRule.adadelta(0.9, 1e-6), 0.5f, 0.5f, 0.99968378, 0.99935934);
      // c = 0.05, then 0.9 · 0.005 - 0.025 < 0.
      twoSteps(scratch, UpdateRule.lion(0.9, 0.99), 0.5f, -0.25f, 0.9, 1);
      twoSteps(scratch, UpdateRule.lion(0.9, 0.99).withDecay(0, 1), 0.5f, 0.5f, 0.8, 0.62);
      twoSteps(scratch, UpdateRule.lars(0.9, 0.001), 0.5f, 0.5f, 0.95, 0.855);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void twelveStepsEqualDoubleArithmetic(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      DeviceTensor scale = scratch.put(Tensor.of(Shape.of(1), 0.5f));
      for (int size : new int[] {1, 7, 13, 33, 4099}) {
        for (UpdateRule rule : RULES) {
          compare(scratch, rule, size, DeviceTensor.NONE, 1);
        }
        compare(scratch, RULES[7], size, scale, 0.5);
      }
    }
  }

  private static void compare(
      Scratch scratch, UpdateRule rule, int size, DeviceTensor scale, double factor) {
    Tensor start = Scratch.random(Shape.of(size), 1);
    double[][] expected = new double[size][3];
    for (int i = 0; i < size; i++) {
      expected[i][0] = start.data()[i];
    }
    try (Bound bound = new Bound(scratch, rule, start, scale);
        Bound again = new Bound(scratch, rule, start, scale)) {
      for (int t = 1; t <= 12; t++) {
        double rate = 0.1 / t;
        bound.hyperparameters.learningRate(rate);
        again.hyperparameters.learningRate(rate);
        float[] g = Scratch.random(Shape.of(size), 10 + t).data();
        float[] actual = bound.update(g);
        assertThat(again.update(g)).as("same bits twice").isEqualTo(actual);
        for (int i = 0; i < size; i++) {
          advance(rule, expected[i], g[i] * factor, rate, t);
          assertThat((double) actual[i])
              .as("%s, step %d, [%d] of %d", rule, t, i, size)
              .isCloseTo(expected[i][0], within(1e-5 * Math.abs(expected[i][0]) + 1e-5));
        }
      }
    }
  }

  /**
   * One step of one parameter {w, first state, second state} as torch.optim documents SGD, RMSprop,
   * Adam and AdamW.
   */
  private static void advance(UpdateRule rule, double[] p, double gradient, double lr, int t) {
    double g = Math.max(-rule.clipValue(), Math.min(rule.clipValue(), gradient));
    g += rule.weightDecay() * p[0];
    p[0] -= lr * rule.decoupledDecay() * p[0];
    double mu = rule.momentum();
    double beta = rule.smoothing();
    switch (rule.kind()) {
      case SGD -> p[0] -= lr * g;
      case MOMENTUM, NESTEROV -> {
        p[1] = t == 1 ? g : mu * p[1] + g;
        p[0] -= lr * (rule.kind() == UpdateRule.Kind.NESTEROV ? g + mu * p[1] : p[1]);
      }
      case RMSPROP -> {
        p[1] = beta * p[1] + (1 - beta) * g * g;
        double scaled = g / (Math.sqrt(p[1]) + rule.epsilon());
        p[2] = mu * p[2] + scaled;
        p[0] -= lr * (mu > 0 ? p[2] : scaled);
      }
      case ADAM -> {
        p[1] = mu * p[1] + (1 - mu) * g;
        p[2] = beta * p[2] + (1 - beta) * g * g;
        double mean = p[1] / (1 - Math.pow(mu, t));
        double square = p[2] / (1 - Math.pow(beta, t));
        p[0] -= lr * mean / (Math.sqrt(square) + rule.epsilon());
      }
      case ADAGRAD -> {
        p[1] += g * g;
        p[0] -= lr * g / (Math.sqrt(p[1]) + rule.epsilon());
      }
      case ADADELTA -> {
        p[1] = beta * p[1] + (1 - beta) * g * g;
        double delta = Math.sqrt(p[2] + rule.epsilon()) / Math.sqrt(p[1] + rule.epsilon()) * g;
        p[2] = beta * p[2] + (1 - beta) * delta * delta;
        p[0] -= lr * delta;
      }
      case LION -> {
        p[0] -= lr * Math.signum(mu * p[1] + (1 - mu) * g);
        p[1] = beta * p[1] + (1 - beta) * g;
      }
      case LARS -> {
        p[1] = mu * p[1] + lr * g;
        p[0] -= p[1];
      }
    }
  }

  /** Puts a table of whole numbers on the device. */
  private static DeviceTensor table(Scratch scratch, Shape shape, float[] values) {
    return scratch.put(new Tensor(shape, values));
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void larsGivesEveryParameterItsRatio(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      // Norms of w: 5, 0, 2 √(300 · 16); of the gradient: 1, 1, 3 √(300 · 16).
      Segments segments = new Segments(List.of(1, 2, 300));
      int size = 303 * Segments.RUN;
      float[] w = new float[size];
      float[] g = new float[size];
      w[0] = 3;
      w[15] = 4;
      g[1] = 0.6f;
      g[2] = 0.8f;
      g[20] = 1;
      Arrays.fill(w, 48, size, 2);
      Arrays.fill(g, 48, size, 3);
      UpdateRule rule = UpdateRule.lars(0.5, 0.001).withDecay(0.1, 0);
      DeviceTensor gradient = scratch.put(Tensor.of(Shape.of(size), g));
      DeviceTensor parameters = scratch.put(Tensor.of(Shape.of(size), w));
      DeviceTensor buffer = scratch.put(Tensor.zeros(size));
      DeviceTensor half = scratch.put(Tensor.of(Shape.of(1), 0.5f));
      DeviceTensor numbers = table(scratch, segments.numbersShape(), segments.numbers());
      DeviceTensor pieces = table(scratch, segments.piecesShape(), segments.pieces());
      DeviceTensor ranges = table(scratch, segments.rangesShape(), segments.ranges());
      DeviceTensor sums = scratch.put(Tensor.zeros(pieces.shape().arrayLength()));
      DeviceTensor ratios = scratch.empty(segments.ratiosShape(), Layout.PLAIN);
      OptimizerOps ops = scratch.backend().optimizer();
      scratch.run(ops.trustRatios(rule, gradient, half, parameters, pieces, ranges, sums, ratios));
      float[] actual = scratch.get(ratios).data();
      assertThat((double) actual[0]).isCloseTo(0.001 * 5 / (0.5 + 0.1 * 5), within(1e-8));
      assertThat(actual[1]).isEqualTo(1);
      assertThat((double) actual[2]).isCloseTo(0.001 * 2 / (1.5 + 0.1 * 2), within(1e-8));
      scratch.run(
          ops.update(
              rule,
              gradient,
              half,
              List.of(buffer),
              parameters,
              new Hyperparameters(2),
              numbers,
              ratios));
      float[] after = scratch.get(parameters).data();
      assertThat((double) after[0]).isCloseTo(3 - 2 * 0.005 * 0.3, within(1e-6));
      assertThat((double) after[1]).isCloseTo(-2 * 0.005 * 0.3, within(1e-6));
      assertThat((double) after[20]).isCloseTo(-2 * 0.5, within(1e-6));
      assertThat((double) after[size - 1])
          .isCloseTo(2 - 2 * 0.002 / 1.7 * (1.5 + 0.2), within(1e-6));
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void blendsByFactorsOfTheMoment(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      for (int size : new int[] {1, 7, 33, 4099}) {
        Tensor x = Scratch.random(Shape.of(size), 1);
        Tensor y = Scratch.random(Shape.of(size), 2);
        DeviceTensor into = scratch.put(y);
        float[] keep = {0.75f};
        OptimizerOps.Blend factors =
            new OptimizerOps.Blend() {
              @Override
              public float keep() {
                return keep[0];
              }

              @Override
              public float add() {
                return 1 - keep[0];
              }
            };
        try (Step step = scratch.backend().optimizer().blend(scratch.put(x), into, factors)) {
          step.run();
          float[] mixed = scratch.get(into).data();
          for (int i = 0; i < size; i++) {
            assertThat((double) mixed[i])
                .isCloseTo(0.75 * y.data()[i] + 0.25 * x.data()[i], within(1e-6));
          }
          keep[0] = 0;
          step.run();
          assertThat(scratch.get(into).data()).isEqualTo(x.data());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void zerosStayZeroAndNaNShows(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      for (UpdateRule rule : RULES) {
        try (Bound bound = new Bound(scratch, rule, Tensor.zeros(33), DeviceTensor.NONE)) {
          bound.update(new float[33]);
          float[] g = new float[33];
          g[32] = Float.NaN;
          float[] w = bound.update(g);
          for (int i = 0; i < 32; i++) {
            assertThat(w[i]).as("%s [%d]", rule, i).isZero();
          }
          assertThat(w[32]).as("%s", rule).isNaN();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void clipsByTheNormOfAllGradients(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      // Norm 5, limits 1 and 10.
      Tensor three = Tensor.of(Shape.of(1), 3);
      Tensor four = Tensor.of(Shape.of(2), 0, -4);
      assertThat(scale(scratch, 1, three, four)).isCloseTo(0.2f, within(1e-6f));
      assertThat(scale(scratch, 10, three, four)).isEqualTo(1);
      assertThat(scale(scratch, 1, Tensor.zeros(7))).isEqualTo(1);
      Tensor large = Scratch.random(Shape.of(100_003), 1);
      Tensor small = Scratch.random(Shape.of(4096), 2);
      double squares = squares(large) + squares(small);
      assertThat((double) scale(scratch, 2, large, small))
          .isCloseTo(2 / Math.sqrt(squares), within(1e-8));
      assertThat(scale(scratch, 2, large, small)).isEqualTo(scale(scratch, 2, large, small));
      assertThat(scale(scratch, 1, Tensor.of(Shape.of(1), Float.NaN))).isNaN();
    }
  }

  private static float scale(Scratch scratch, double limit, Tensor... gradients) {
    OptimizerOps ops = scratch.backend().optimizer();
    List<DeviceTensor> blocks = new ArrayList<>();
    List<Long> sizes = new ArrayList<>();
    for (Tensor gradient : gradients) {
      blocks.add(scratch.put(gradient));
      sizes.add(gradient.shape().size());
    }
    DeviceTensor scale = scratch.empty(Shape.of(1), Layout.PLAIN);
    DeviceTensor workspace = scratch.workspace(ops.clipScaleWorkspaceBytes(sizes));
    scratch.run(ops.clipScale(blocks, scale, workspace, limit));
    return scratch.get(scale).data()[0];
  }

  private static double squares(Tensor tensor) {
    double sum = 0;
    for (float each : tensor.data()) {
      sum += (double) each * each;
    }
    return sum;
  }

  @Test
  void refusesWrongShapesAndSettings() {
    try (Scratch scratch = new Scratch(new ReferenceBackend())) {
      OptimizerOps ops = scratch.backend().optimizer();
      DeviceTensor w = scratch.put(Tensor.zeros(4));
      DeviceTensor other = scratch.put(Tensor.zeros(3));
      DeviceTensor none = DeviceTensor.NONE;
      Hyperparameters hyper = new Hyperparameters(0.1);
      UpdateRule momentum = UpdateRule.momentum(0.9);
      assertThatThrownBy(() -> ops.update(momentum, other, none, List.of(other), w, hyper))
          .hasMessage("optimizer update: w has shape (4), expected (3)");
      assertThatThrownBy(() -> ops.update(momentum, w, none, List.of(other), w, hyper))
          .hasMessage("optimizer update: momentum_buffer has shape (3), expected (4)");
      assertThatThrownBy(() -> ops.update(momentum, w, none, List.of(), w, hyper))
          .hasMessage("optimizer update: 0 states, expected [momentum_buffer]");
      assertThatThrownBy(() -> ops.update(momentum, w, w, List.of(w), w, hyper))
          .hasMessage("optimizer update: scale has shape (4), expected (1)");
      assertThatThrownBy(() -> ops.clipScale(List.of(w), w, none, 1))
          .hasMessage("clip by norm: scale has shape (4), expected (1)");
      DeviceTensor one = scratch.put(Tensor.zeros(1));
      assertThatThrownBy(() -> ops.clipScale(List.of(w), one, none, 1))
          .hasMessage("clip by norm: workspace has 0 bytes, expected at least 4");
      assertThatThrownBy(() -> ops.clipScale(List.of(w), one, one, 0))
          .hasMessage("clip by norm: norm is limited to 0.0, expected above 0");
      assertThatThrownBy(() -> UpdateRule.momentum(1))
          .hasMessage("optimizer: momentum is 1.0, expected at least 0 and below 1");
      assertThatThrownBy(() -> UpdateRule.adam(0.9, 0.999, 0))
          .hasMessage("optimizer: epsilon is 0.0, expected a finite number above 0");
      assertThatThrownBy(() -> UpdateRule.sgd().withDecay(-1, 0))
          .hasMessage("optimizer: weight decay is -1.0, expected a finite number of at least 0");
      assertThatThrownBy(() -> UpdateRule.sgd().withClipValue(0))
          .hasMessage("optimizer: clip value is 0.0, expected a number above 0");
      assertThatThrownBy(() -> hyper.learningRate(Double.NaN))
          .hasMessage("optimizer: learning rate is NaN, expected a finite number of at least 0");
    }
  }
}
