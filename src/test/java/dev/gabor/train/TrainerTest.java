package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.data.Dataset;
import dev.gabor.data.StrokeDigits;
import dev.gabor.opencl.LiveObjects;
import dev.gabor.optim.Optimizer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TrainerTest {
  private static final Dataset TRAIN = StrokeDigits.train(1, 640);
  private static final Dataset TEST = StrokeDigits.test(1, 200);

  private static Trainer trainer(Backend backend) {
    return Trainer.of(SmallNetworks.digits())
        .on(backend)
        .optimizer(Optimizer.adam(3e-3))
        .batch(32)
        .epochs(6)
        .validation(TEST);
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void learnsDigits(Backends.Opener opener) {
    List<String> seen = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void runStarted(MemoryForecast forecast, int epochs, int stepsPerEpoch) {
            seen.add("started " + epochs + "×" + stepsPerEpoch);
          }

          @Override
          public void batchEnded(int epoch, int step, int stepsPerEpoch) {
            if (step == stepsPerEpoch) {
              seen.add("epoch " + epoch + " step " + step);
            }
          }

          @Override
          public void epochEnded(EpochReport report) {
            seen.add("report " + report.epoch());
            System.err.println(report);
          }
        };
    try (Backend backend = opener.open()) {
      TrainingResult result = trainer(backend).listener(listener).fit(TRAIN);
      assertThat(result.epochs()).hasSize(6);
      assertThat(result.steps()).isEqualTo(120);
      assertThat(result.ending()).isEqualTo(TrainingResult.Ending.COMPLETED);
      assertThat(result.device()).isEqualTo(backend.description());
      EpochReport first = result.epochs().get(0);
      EpochReport last = result.epochs().get(5);
      assertThat(last.trainLoss()).isLessThan(first.trainLoss() / 3);
      assertThat(last.valAccuracy().getAsDouble()).isGreaterThan(0.8);
      try (Evaluator evaluator = Evaluator.of(result.model(), backend, 7)) {
        Evaluation again = evaluator.evaluate(TEST, result.model().normalization());
        assertThat(again.accuracy()).isEqualTo(last.valAccuracy().getAsDouble());
        assertThat(again.loss()).isCloseTo(last.valLoss().getAsDouble(), within(1e-6));
      }
      assertThat(seen.subList(0, 3)).containsExactly("started 6×20", "epoch 1 step 20", "report 1");
      assertThat(seen).hasSize(13);
    }
    assertThat(LiveObjects.count()).as(LiveObjects.describe()).isZero();
  }
}
