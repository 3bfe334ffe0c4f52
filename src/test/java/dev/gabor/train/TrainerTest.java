package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.data.Dataset;
import dev.gabor.data.StrokeDigits;
import dev.gabor.nn.Network;
import dev.gabor.nn.Parameter;
import dev.gabor.opencl.LiveObjects;
import dev.gabor.optim.Optimizer;
import dev.gabor.optim.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TrainerTest {
  private static final Dataset TRAIN = StrokeDigits.train(1, 2000);
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
          }
        };
    try (Backend backend = opener.open()) {
      TrainingResult result = trainer(backend).listener(listener).fit(TRAIN);
      assertThat(result.epochs()).hasSize(6);
      assertThat(result.steps()).isEqualTo(62 * 6);
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
      assertThat(seen.subList(0, 3)).containsExactly("started 6×62", "epoch 1 step 62", "report 1");
      assertThat(seen).hasSize(13);
    }
    assertThat(LiveObjects.count()).as(LiveObjects.describe()).isZero();
  }

  @Test
  void aListenerEndsTheRun() {
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public boolean stopsAfter(EpochReport report) {
            return report.epoch() == 2;
          }
        };
    try (Backend backend = new ReferenceBackend()) {
      TrainingResult result = trainer(backend).listener(listener).fit(TEST);
      assertThat(result.epochs()).hasSize(2);
      assertThat(result.ending()).isEqualTo(TrainingResult.Ending.STOPPED);
      assertThat(result.model().provenance().settings()).containsEntry("epochs", 2);
    }
  }

  @Test
  void aRunThatDoesNotImproveEndsWithItsBestModel() {
    try (Backend backend = new ReferenceBackend()) {
      // Only running statistics move, so no epoch beats the first by much.
      Trainer still = trainer(backend).optimizer(Optimizer.sgd(0)).epochs(9).validation(TRAIN);
      TrainingResult result = still.earlyStopping(new EarlyStopping(3, 0.5, true)).fit(TEST);
      assertThat(result.ending()).isEqualTo(TrainingResult.Ending.NO_IMPROVEMENT);
      assertThat(result.epochs()).hasSize(4);
      TrainingResult one = still.epochs(result.best(Monitor.LOSS).epoch()).fit(TEST);
      assertThat(result.model().parameters().get("batch_norm1.running_mean").data())
          .isEqualTo(one.model().parameters().get("batch_norm1.running_mean").data());
      TrainingResult free =
          trainer(backend).epochs(2).earlyStopping(EarlyStopping.patience(1)).fit(TEST);
      assertThat(free.ending()).isEqualTo(TrainingResult.Ending.COMPLETED);
    }
    assertThatThrownBy(() -> EarlyStopping.patience(0))
        .hasMessage("early stopping: patience: expected at least 1, found 0");
  }

  @Test
  void aScheduleSetsTheRateOfEveryStep() {
    List<Integer> steps = new ArrayList<>();
    Schedule schedule =
        moment -> {
          assertThat(moment.totalSteps()).isEqualTo(12);
          assertThat(moment.losses()).hasSize(moment.epoch());
          steps.add(moment.step());
          return 0;
        };
    try (Backend backend = new ReferenceBackend()) {
      TrainingResult result = trainer(backend).epochs(2).schedule(schedule).fit(TEST);
      assertThat(steps).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
      try (TrainingSession untouched = trainer(backend).open()) {
        for (Parameter parameter : SmallNetworks.digits().parameters()) {
          if (parameter.trains()) {
            assertThat(result.model().parameters().get(parameter.name()).data())
                .isEqualTo(untouched.parameters().get(parameter).data());
          }
        }
      }
    }
  }

  @Test
  void frozenParametersStay() {
    try (Backend backend = new ReferenceBackend()) {
      Trainer trainer = trainer(backend).epochs(1);
      float[] free = trainer.fit(TEST).model().parameters().get("conv1.weight").data();
      float[] frozen =
          trainer
              .frozen(Set.of("conv1.weight"))
              .fit(TEST)
              .model()
              .parameters()
              .get("conv1.weight")
              .data();
      try (TrainingSession untouched = trainer.open()) {
        Parameter weight = SmallNetworks.digits().parameters().get(0);
        assertThat(weight.name()).isEqualTo("conv1.weight");
        assertThat(frozen).isEqualTo(untouched.parameters().get(weight).data()).isNotEqualTo(free);
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (Backend backend = new ReferenceBackend()) {
      Trainer trainer = trainer(backend);
      refuses(
          () -> Trainer.of(SmallNetworks.digits()).fit(TEST),
          "trainer: expected a backend, call on(…) first");
      refuses(() -> trainer.batch(0).fit(TEST), "batch size: expected at least 1, found 0");
      refuses(() -> trainer.epochs(0), "epochs: expected at least 1, found 0");
      refuses(
          () -> trainer.batch(201).fit(TEST),
          "batch size: expected at most 200, the number of samples, found 201");
      refuses(
          () -> trainer.frozen(Set.of("conv9.weight")).fit(TEST),
          "frozen parameter conv9.weight is not in the network");
      Network images = Network.input(1, 28, 28).conv2d(10, 3).build();
      refuses(
          () -> Trainer.of(images).on(backend).fit(TEST),
          "the network ends with conv1 (conv2d) (10,28,28): expected (classes) for each sample: "
              + "flatten or pool first");
      Network eleven = Network.input(1, 28, 28).flatten().dense(11).build();
      refuses(
          () -> Trainer.of(eleven).on(backend).fit(TEST),
          "the network ends with dense1 (dense) (11), the data set has 10 classes");
    }
  }

  private static void refuses(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}
