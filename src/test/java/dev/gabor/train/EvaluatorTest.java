package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.Loss;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.data.Dataset;
import dev.gabor.data.Normalization;
import dev.gabor.data.StrokeDigits;
import dev.gabor.nn.Network;
import dev.gabor.optim.Optimizer;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EvaluatorTest {
  private static final Dataset DATA = StrokeDigits.test(3, 50);
  private static final Provenance NOWHERE = new Provenance("", "", 0, Map.of(), "");

  /** Two outputs: x times 1 and -1, plus bias, over one pixel. */
  private static Model twoClasses(Loss loss) {
    return new Model(
        Network.input(1, 1, 1).flatten().dense(2).build(),
        Map.of(
            "dense1.weight",
            Tensor.of(Shape.of(2, 1), 1, -1),
            "dense1.bias",
            Tensor.of(Shape.of(2), 0, 0.5f)),
        Normalization.none(1),
        List.of("bright", "dark"),
        loss,
        NOWHERE);
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void probabilitiesFollowTheLoss(Backends.Opener opener) {
    // Outputs (1, -0.5) for a pixel of 1.
    float[] pixel = {1};
    try (Backend backend = opener.open()) {
      try (Predictor predictor = new Predictor(twoClasses(Loss.crossEntropy()), backend)) {
        assertThat(predictor.outputs(pixel)).containsExactly(1, -0.5f);
        List<Prediction> top = predictor.top(new float[] {0}, 5);
        assertThat(top).extracting(Prediction::name).containsExactly("dark", "bright");
        assertThat(top).extracting(Prediction::index).containsExactly(1, 0);
        assertThat(predictor.probabilities(pixel)[0]).isCloseTo(0.8175745f, within(1e-6f));
        assertThat(predictor.top(pixel, 1)).hasSize(1);
      }
      try (Predictor predictor =
          new Predictor(twoClasses(Loss.binaryCrossEntropyWithLogits()), backend)) {
        assertThat(predictor.probabilities(pixel)[0]).isCloseTo(0.7310586f, within(1e-6f));
        assertThat(predictor.probabilities(pixel)[1]).isCloseTo(0.37754068f, within(1e-6f));
      }
    }
  }

  @Test
  void wrongRequestsAreRefused() {
    try (Backend backend = new ReferenceBackend();
        Predictor predictor = new Predictor(twoClasses(Loss.crossEntropy()), backend)) {
      assertThatThrownBy(() -> predictor.outputs(new float[2]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("image: expected 1 values (1,1,1), found 2");
      assertThatThrownBy(() -> predictor.top(new float[1], 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("top: expected at least 1 class, found 0");
      assertThatThrownBy(() -> Evaluator.of(twoClasses(Loss.crossEntropy()), backend, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("batch size: expected at least 1, found 0");
      try (Evaluator evaluator = Evaluator.of(twoClasses(Loss.crossEntropy()), backend, 3)) {
        assertThatThrownBy(() -> evaluator.evaluate(DATA, Normalization.none(1)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("the network takes samples (1,1,1), the data set has (1,28,28)");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void equalsAnEvaluationByHand(Backends.Opener opener) {
    try (Backend backend = opener.open()) {
      Model model =
          Trainer.of(SmallNetworks.digits())
              .on(backend)
              .batch(25)
              .epochs(2)
              .fit(StrokeDigits.train(3, 100))
              .model();
      double loss = 0;
      long[][] confusion = new long[10][10];
      try (Predictor predictor = new Predictor(model, backend)) {
        float[] image = new float[28 * 28];
        for (int i = 0; i < DATA.size(); i++) {
          DATA.read(i, image, 0);
          loss -= Math.log(predictor.probabilities(image)[DATA.label(i)]) / DATA.size();
          confusion[DATA.label(i)][predictor.top(image, 1).get(0).index()]++;
        }
      }
      try (Evaluator evaluator = Evaluator.of(model, backend, 32)) {
        Evaluation evaluation = evaluator.evaluate(DATA, model.normalization());
        assertThat(evaluation.loss()).isCloseTo(loss, within(1e-5));
        assertThat(evaluation.confusion()).isDeepEqualTo(confusion);
        assertThat(evaluation.samples()).isEqualTo(50);
        long right = 0;
        for (int c = 0; c < 10; c++) {
          right += confusion[c][c];
        }
        assertThat(evaluation.accuracy()).isEqualTo(right / 50.0);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void trainingReportsTheLossOfItsStepsForEveryLoss(Backends.Opener opener) {
    // A learning rate of 0 keeps the weights, so training and evaluation must see the same loss.
    Network network = Network.input(1, 28, 28).flatten().dense(10).build();
    Network probabilities = Network.input(1, 28, 28).flatten().dense(10).logSoftmax().build();
    try (Backend backend = opener.open()) {
      for (Loss loss :
          List.of(
              Loss.crossEntropy(0.1f),
              Loss.negativeLogLikelihood(),
              Loss.meanSquaredError(),
              Loss.l1(),
              Loss.huber(),
              Loss.binaryCrossEntropyWithLogits())) {
        EpochReport report =
            Trainer.of(loss.equals(Loss.negativeLogLikelihood()) ? probabilities : network)
                .on(backend)
                .loss(loss)
                .optimizer(Optimizer.sgd(0))
                .batch(25)
                .epochs(1)
                .validation(DATA)
                .fit(DATA)
                .epochs()
                .get(0);
        assertThat(report.trainLoss())
            .as(loss.toString())
            .isCloseTo(report.valLoss().getAsDouble(), within(1e-6 * report.trainLoss()));
        assertThat(report.trainAccuracy()).isEqualTo(report.valAccuracy().getAsDouble());
      }
    }
  }
}
