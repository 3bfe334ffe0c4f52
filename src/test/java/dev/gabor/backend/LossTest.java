package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LossTest {
  private static final float[] WEIGHTS = {0.2f, 1, 3};

  private static void close(float[] actual, double tolerance, double... expected) {
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).as("[%d]", i).isCloseTo(expected[i], within(tolerance));
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void crossEntropyOfRowsTooLongToBeKeptIsAsRight(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open());
        Scratch judge = new Scratch(new ReferenceBackend())) {
      for (int classes : new int[] {2048, 2052, 4096, 4100}) {
        Tensor x = Scratch.random(Shape.of(2, classes), 3);
        Tensor target = Tensor.of(Shape.of(2), classes - 1, 7);
        expectAsJudged(scratch, judge, Loss.crossEntropy(), x, target);
        expectAsJudged(scratch, judge, Loss.crossEntropy(0.1f), x, target);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void crossEntropyOfManySamplesIsAsRight(Backends.Opener opener) {
    int[][] shapes = {{32, 16}, {43, 17}, {67, 31}, {130, 47}, {40, 1000}, {41, 2048}};
    try (Scratch scratch = new Scratch(opener.open());
        Scratch judge = new Scratch(new ReferenceBackend())) {
      for (int[] lengths : shapes) {
        Tensor x = Scratch.random(Shape.of(lengths), 3);
        Tensor target = Tensor.zeros(lengths[0]);
        float[] weights = new float[lengths[1]];
        for (int n = 0; n < lengths[0]; n++) {
          // The last class first, and one that is none.
          target.data()[n] = n == 9 ? lengths[1] : (lengths[1] - 1 + 7 * n) % lengths[1];
        }
        for (int c = 0; c < lengths[1]; c++) {
          weights[c] = 0.5f + c % 3;
        }
        expectAsJudged(scratch, judge, Loss.crossEntropy(), x, target);
        expectAsJudged(scratch, judge, Loss.crossEntropy().weighted(weights), x, target);
      }
    }
  }

  private static void expectAsJudged(
      Scratch scratch, Scratch judge, Loss loss, Tensor x, Tensor target) {
    LossRun actual = LossRun.of(scratch, loss, x, target);
    LossRun expected = LossRun.of(judge, loss, x, target);
    expectClose(actual.values(), expected.values());
    expectClose(actual.gradient(), expected.gradient());
  }

  private static void expectClose(Tensor actual, Tensor expected) {
    for (int i = 0; i < expected.data().length; i++) {
      double value = expected.data()[i];
      if (Double.isNaN(value)) {
        assertThat(actual.data()[i]).as("[%d] of %s", i, actual.shape()).isNaN();
      } else {
        assertThat((double) actual.data()[i])
            .as("[%d] of %s", i, actual.shape())
            .isCloseTo(value, within(1e-5 * Math.abs(value) + 1e-10));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void classesEqualHandNumbers(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      Tensor logits = Tensor.of(Shape.of(2, 3), 1, 2, 3, 1, 2, 3);
      Tensor classes = Tensor.of(Shape.of(2), 2, 0);
      // log(e + e² + e³) = 3.40760596; softmax = 0.09003057, 0.24472847, 0.66524096.
      LossRun plain = LossRun.of(scratch, Loss.crossEntropy(), logits, classes);
      close(plain.losses(), 1e-6, 0.40760596, 2.40760596);
      close(
          plain.dprediction(),
          1e-7,
          0.04501529,
          0.12236424,
          -0.16737952,
          -0.45498471,
          0.12236424,
          0.33262048);
      // Smoothing 0.3: q = 0.8 for the class and 0.1 for the others.
      LossRun smooth = LossRun.of(scratch, Loss.crossEntropy(0.3f), logits, classes);
      close(smooth.losses(), 1e-6, 3.40760596 - 2.7, 3.40760596 - 1.3);
      close(
          smooth.dprediction(),
          1e-7,
          -0.00498471,
          0.07236424,
          -0.06737952,
          -0.35498471,
          0.07236424,
          0.28262048);
      LossRun likelihood = LossRun.of(scratch, Loss.negativeLogLikelihood(), logits, classes);
      close(likelihood.losses(), 0, -3, -1);
      close(likelihood.dprediction(), 0, 0, 0, -0.5, -0.5, 0, 0);
      Tensor mixed = Tensor.of(Shape.of(2, 3), 0.25f, 0, 0.75f, 0.5f, 0.5f, 0);
      LossRun soft = LossRun.of(scratch, Loss.crossEntropy(), logits, mixed);
      close(soft.losses(), 1e-6, 3.40760596 - 2.5, 3.40760596 - 1.5);
      close(
          soft.dprediction(),
          1e-7,
          -0.07998471,
          0.12236424,
          -0.04237952,
          -0.20498471,
          -0.12763576,
          0.33262048);
    }
  }

  /** The numbers are those of torch.nn.functional.cross_entropy and nll_loss with weight=. */
  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void weightedClassesEqualHandNumbers(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      Tensor logits = Tensor.of(Shape.of(2, 3), 1, 2, 3, 1, 2, 3);
      Tensor classes = Tensor.of(Shape.of(2), 2, 0);
      // The classes weigh 3 and 0.2 together: each sample counts 2 w / 3.2.
      LossRun plain = LossRun.of(scratch, Loss.crossEntropy().weighted(WEIGHTS), logits, classes);
      close(plain.losses(), 1e-6, 0.40760596 * 1.875, 2.40760596 * 0.125);
      close(
          plain.dprediction(),
          1e-7,
          0.04501529 * 1.875,
          0.12236424 * 1.875,
          -0.16737952 * 1.875,
          -0.45498471 * 0.125,
          0.12236424 * 0.125,
          0.33262048 * 0.125);
      // Smoothing 0.3: q = (0.1 * 0.2, 0.1 * 1, 0.8 * 3) / 1.6 and (0.8 * 0.2, 0.1 * 1, 0.1 * 3) /
      // 1.6.
      LossRun smooth =
          LossRun.of(scratch, Loss.crossEntropy(0.3f).weighted(WEIGHTS), logits, classes);
      close(
          smooth.losses(),
          1e-6,
          (0.02 * 2.40760596 + 0.1 * 1.40760596 + 2.4 * 0.40760596) / 1.6,
          (0.16 * 2.40760596 + 0.1 * 1.40760596 + 0.3 * 0.40760596) / 1.6);
      LossRun likelihood =
          LossRun.of(scratch, Loss.negativeLogLikelihood().weighted(WEIGHTS), logits, classes);
      close(likelihood.losses(), 1e-6, -3 * 1.875, -0.125);
      close(likelihood.dprediction(), 1e-7, 0, 0, -0.9375, -0.0625, 0, 0);
      // Probabilities: each term counts its class, and nothing is divided.
      Tensor mixed = Tensor.of(Shape.of(2, 3), 0.25f, 0, 0.75f, 0.5f, 0.5f, 0);
      Loss soft = Loss.crossEntropy().weighted(WEIGHTS).onProbabilities();
      close(
          LossRun.of(scratch, soft, logits, mixed).losses(),
          1e-6,
          0.05 * 2.40760596 + 2.25 * 0.40760596,
          0.1 * 2.40760596 + 0.5 * 1.40760596);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void elementsEqualHandNumbers(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      Tensor x = Tensor.of(Shape.of(2, 2), 0.5f, 3, -2, 1);
      Tensor t = Tensor.of(Shape.of(2, 2), 0, 0, 0, 1);
      LossRun squared = LossRun.of(scratch, Loss.meanSquaredError(), x, t);
      close(squared.losses(), 1e-6, 4.625, 2);
      close(squared.dprediction(), 1e-7, 0.25, 1.5, -1, 0);
      LossRun absolute = LossRun.of(scratch, Loss.l1(), x, t);
      close(absolute.losses(), 1e-6, 1.75, 1);
      close(absolute.dprediction(), 0, 0.25, 0.25, -0.25, 0);
      LossRun huber = LossRun.of(scratch, Loss.huber(2), x, t);
      close(huber.losses(), 1e-6, (0.125 + 4) / 2, 1);
      close(huber.dprediction(), 1e-7, 0.125, 0.5, -0.5, 0);
      // log(1 + e^0.5) = 0.97407698, of 3: 3.04858735, of -2: 0.12692801; at (1, 1): 0.31326169.
      LossRun binary = LossRun.of(scratch, Loss.binaryCrossEntropyWithLogits(), x, t);
      close(binary.losses(), 1e-6, 2.01133217, 0.22009485);
      close(binary.dprediction(), 1e-7, 0.15561483, 0.23814353, 0.02980073, -0.06723536);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void extremeLogitsStayFinite(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      Tensor logits = Tensor.of(Shape.of(2, 3), 1e4f, -1e4f, 0, -1e4f, -1e4f, -1e4f);
      LossRun classes =
          LossRun.of(scratch, Loss.crossEntropy(), logits, Tensor.of(Shape.of(2), 1, 0));
      close(classes.losses(), 1e-6, 2e4, Math.log(3));
      close(classes.dprediction(), 1e-7, 0.5, -0.5, 0, -1 / 3.0, 1 / 6.0, 1 / 6.0);
      Tensor wanted = Tensor.of(Shape.of(2, 3), 0, 1, 1, 0, 0, 1);
      LossRun binary = LossRun.of(scratch, Loss.binaryCrossEntropyWithLogits(), logits, wanted);
      close(binary.losses(), 1e-2, (2e4 + Math.log(2)) / 3, 1e4 / 3);
      close(binary.dprediction(), 1e-7, 1 / 6.0, -1 / 6.0, -1 / 12.0, 0, 0, -1 / 6.0);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void classOutOfRangeBecomesNaN(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      Tensor logits = Tensor.zeros(4, 3);
      Tensor target = Tensor.of(Shape.of(4), 3, 0, -1, Float.NaN);
      Loss[] losses = {
        Loss.crossEntropy(),
        Loss.negativeLogLikelihood(),
        Loss.crossEntropy().weighted(WEIGHTS),
        Loss.negativeLogLikelihood().weighted(WEIGHTS)
      };
      for (Loss loss : losses) {
        LossRun result = LossRun.of(scratch, loss, logits, target);
        for (int n = 0; n < 4; n++) {
          assertThat(Float.isNaN(result.losses()[n])).as("%s of %d", loss, n).isEqualTo(n != 1);
          assertThat(Float.isNaN(result.dprediction()[3 * n + 2])).isEqualTo(n != 1);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void countsAndKeepsWhatAStepReports(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      LossOps ops = scratch.backend().loss();
      DeviceTensor prediction =
          scratch.put(Tensor.of(Shape.of(4, 3), 1, 3, 3, 2, 1, 0, 0, 0, 5, 0, 0, 0));
      DeviceTensor correct = scratch.empty(Shape.of(4), Layout.PLAIN);
      scratch.run(
          ops.countCorrect(prediction, scratch.put(Tensor.of(Shape.of(4), 1, 1, 2, 0)), correct));
      assertThat(scratch.get(correct).data()).containsExactly(1, 0, 1, 1);
      Tensor soft = Tensor.of(Shape.of(4, 3), 0, 1, 0, 0, 1, 0, 0.4f, 0.3f, 0.3f, 1, 0, 0);
      scratch.run(ops.countCorrect(prediction, scratch.put(soft), correct));
      assertThat(scratch.get(correct).data()).containsExactly(1, 0, 0, 1);

      RandomState random = new RandomState(1);
      DeviceTensor losses = scratch.put(Tensor.of(Shape.of(4), 1, 2, 3, 8));
      DeviceTensor history = scratch.put(Tensor.zeros(3, 2));
      try (Step step = ops.summarize(losses, correct, random, history);
          Step alone = ops.summarize(losses, DeviceTensor.NONE, random, history)) {
        random.moveTo(4);
        step.run();
        scratch.backend().write(new float[] {1, 0, 0, 0}, losses);
        random.moveTo(5);
        alone.run();
        scratch.backend().finish();
      }
      assertThat(scratch.get(history).data()).containsExactly(0, 0, 3.5f, 2, 0.25f, 0);
    }
  }

  @Test
  void refusesWrongShapesAndSettings() {
    try (Scratch scratch = new Scratch(new ReferenceBackend())) {
      LossOps ops = scratch.backend().loss();
      DeviceTensor x = scratch.put(Tensor.zeros(4, 3));
      DeviceTensor four = scratch.put(Tensor.zeros(4));
      DeviceTensor three = scratch.put(Tensor.zeros(3));
      DeviceTensor image = scratch.put(Tensor.zeros(4, 3, 1, 1), Layout.IMAGE);
      Loss entropy = Loss.crossEntropy();
      assertThatThrownBy(() -> ops.forward(entropy, x, three, four))
          .hasMessage(
              "loss forward: target has shape (3), expected classes (4) or probabilities (4,3)");
      assertThatThrownBy(() -> ops.forward(Loss.negativeLogLikelihood(), x, x, four))
          .hasMessage("loss forward: target has shape (4,3), expected (4)");
      assertThatThrownBy(() -> ops.forward(entropy, image, four, four))
          .hasMessage("loss forward: prediction has shape (4,3,1,1), expected (N,C)");
      assertThatThrownBy(() -> ops.forward(entropy, x, four, three))
          .hasMessage("loss forward: losses has shape (3), expected (4)");
      assertThatThrownBy(() -> ops.forward(Loss.l1(), x, four, four))
          .hasMessage("loss forward: target has shape (4), expected (4,3)");
      assertThatThrownBy(() -> ops.forwardBackward(entropy, x, four, four, four))
          .hasMessage("loss backward: dprediction has shape (4), expected (4,3)");
      assertThatThrownBy(() -> ops.countCorrect(x, four, three))
          .hasMessage("count correct: correct has shape (3), expected (4)");
      assertThatThrownBy(() -> ops.summarize(four, four, new RandomState(0), x))
          .hasMessage("summarize: history has shape (4,3), expected (slots,2)");
      assertThatThrownBy(() -> Loss.crossEntropy(1.5f)).hasMessageContaining("smoothing is 1.5");
      assertThatThrownBy(() -> Loss.huber(0)).hasMessageContaining("delta is 0.0");
      assertThatThrownBy(() -> ops.forward(entropy.weighted(1, 2), x, four, four))
          .hasMessage("loss forward: 2 class weights, expected one for each class of (4,3)");
      assertThatThrownBy(() -> entropy.weighted(1, -1)).hasMessageContaining("class 1 is -1.0");
      assertThatThrownBy(() -> Loss.l1().weighted(1)).hasMessageContaining("it has no classes");
      assertThatThrownBy(() -> Loss.negativeLogLikelihood().onProbabilities())
          .hasMessageContaining("only CROSS_ENTROPY takes");
    }
  }
}
