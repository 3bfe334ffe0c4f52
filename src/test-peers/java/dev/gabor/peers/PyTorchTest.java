package dev.gabor.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.Elements;
import dev.gabor.golden.GoldenCase;
import dev.gabor.golden.GoldenFile;
import dev.gabor.golden.TrainingCase;
import dev.gabor.nn.Network;
import dev.gabor.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Operators and whole training runs against PyTorch: the same weights, samples and order. */
class PyTorchTest {
  static final List<String> OPTIMIZERS = PeerCases.OPTIMIZERS;
  // Of 1 + |number|.
  private static final float TRAINING_BOUND = 1e-3f;
  private static final int STEPS = 50;

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void everyOperatorEqualsPyTorch(Backends.Opener opener) {
    try (Backend backend = opener.open()) {
      for (List<GoldenCase> cases : PeerCases.byFile().values()) {
        for (GoldenCase question : cases) {
          compare(question, backend, TorchAnswers.of(question), question.bound());
        }
      }
    }
  }

  @Test
  void theGoldenNumbersAreThoseOfPyTorch() throws IOException {
    for (Map.Entry<String, List<GoldenCase>> file : PeerCases.byFile().entrySet()) {
      List<GoldenCase> kept = new ArrayList<>();
      for (GoldenFile.Entry entry : GoldenFile.read(file.getKey())) {
        kept.add(entry.golden());
        Map<String, Tensor> answer = TorchAnswers.of(entry.golden());
        entry
            .answer()
            .forEach(
                (what, number) ->
                    Elements.assertClose(
                        entry.golden().name() + ", " + what, number, answer.get(what), 1e-5f));
      }
      assertThat(kept.stream().map(each -> each.write().toString()))
          .as("cases in %s.json; write them anew by ci/golden-numbers", file.getKey())
          .isEqualTo(file.getValue().stream().map(each -> each.write().toString()).toList());
    }
  }

  @ParameterizedTest
  @FieldSource("OPTIMIZERS")
  void fiftyStepsOfLenetEqualPyTorch(String optimizer) {
    train("lenet", lenet(), optimizer);
  }

  @ParameterizedTest
  @FieldSource("OPTIMIZERS")
  void fiftyStepsOfAResidualNetEqualPyTorch(String optimizer) {
    train("residual net", residualNet(), optimizer);
  }

  /** The named model with a dropout that drops nothing: the two sides' masks differ. */
  static Network lenet() {
    return Network.input(1, 28, 28)
        .conv2d(32, 3, c -> c.bias(false))
        .batchNorm()
        .relu()
        .maxPool(2)
        .conv2d(64, 3, c -> c.bias(false))
        .batchNorm()
        .relu()
        .maxPool(2)
        .flatten()
        .dense(128)
        .relu()
        .dropout(0)
        .dense(10)
        .build();
  }

  static Network residualNet() {
    return Network.input(3, 8, 8)
        .conv2d(8, 3, c -> c.bias(false))
        .batchNorm()
        .relu()
        .residual(
            body ->
                body.conv2d(16, 3, c -> c.stride(2).bias(false))
                    .batchNorm()
                    .relu()
                    .conv2d(16, 3, c -> c.bias(false))
                    .batchNorm(),
            shortcut -> shortcut.conv2d(16, 1, c -> c.stride(2).bias(false)).batchNorm())
        .relu()
        .globalAveragePool()
        .flatten()
        .dense(5)
        .build();
  }

  /** Rules that scale by the gradient's size want smaller steps. */
  static double rate(String optimizer) {
    return switch (optimizer) {
      case "sgd" -> 0.01;
      case "momentum", "nesterov" -> 2e-3;
      // Its first steps divide by the roots of small squares, which magnifies rounding.
      case "rmsprop" -> 3e-5;
      default -> 1e-4;
    };
  }

  private static void train(String name, Network network, String optimizer) {
    TrainingCase question =
        TrainingCase.random(
            name + ", " + optimizer, network, optimizer, rate(optimizer), 1e-4, 10, STEPS, 50);
    Map<String, Tensor> expected = TorchAnswers.of(question);
    float[] losses = expected.get("losses").data();
    // Otherwise nothing was compared: the run must have learnt something.
    assertThat(losses[STEPS - 1]).as(question.name()).isLessThan(0.97f * losses[0]);
    Backends.all()
        .forEach(
            opener -> {
              try (Backend backend = opener.getPayload().open()) {
                compare(question, backend, expected, TRAINING_BOUND);
              }
            });
  }

  private static void compare(
      GoldenCase question, Backend backend, Map<String, Tensor> expected, float bound) {
    Map<String, Tensor> actual = question.answer(backend);
    assertThat(actual).as(question.name()).containsOnlyKeys(expected.keySet());
    expected.forEach(
        (what, right) ->
            Elements.assertClose(
                question.name() + " on " + backend.name() + ", " + what,
                actual.get(what),
                right,
                bound));
  }
}
