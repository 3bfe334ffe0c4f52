package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.data.Batch;
import dev.gabor.data.BatchLoader;
import dev.gabor.data.Batches;
import dev.gabor.data.StrokeDigits;
import dev.gabor.nn.Network;
import dev.gabor.nn.Parameter;
import dev.gabor.opencl.LiveObjects;
import dev.gabor.optim.Optimizer;
import dev.gabor.tensor.Tensor;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DivergenceTest {
  private static final Network NETWORK =
      Network.input(1, 28, 28).flatten().dense(16).relu().dense(16).relu().dense(10).build();

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void namesStepAndLayer(Backends.Opener opener) {
    try (Backend backend = opener.open()) {
      Trainer trainer =
          Trainer.of(NETWORK).on(backend).optimizer(Optimizer.sgd(1e12)).batch(20).epochs(50);
      TrainingDivergedException failure =
          catchThrowableOfType(
              TrainingDivergedException.class, () -> trainer.fit(StrokeDigits.train(1, 100)));
      // The first update makes weights near 1e11, three layers of which exceed a float's 3e38.
      assertThat(failure.step()).isBetween(2, 4);
      assertThat(failure.lastLoss()).isFinite();
      assertThat(failure.origin()).matches("(output|gradient) of dense[123].*");
      assertThat(failure)
          .hasMessageStartingWith("step " + failure.step() + ": the loss is not finite; before")
          .hasMessageEndingWith("first not finite: " + failure.origin());
    }
    assertThat(LiveObjects.count()).as(LiveObjects.describe()).isZero();
  }

  /** Everything is frozen, so that the update does not spoil what comes before. */
  private static TrainingDivergedException afterSpoiling(String name, float value) {
    Set<String> names =
        NETWORK.parameters().stream().map(Parameter::name).collect(Collectors.toSet());
    try (Backend backend = new ReferenceBackend();
        TrainingSession session = Trainer.of(NETWORK).on(backend).frozen(names).batch(5).open();
        BatchLoader loader = Batches.training(StrokeDigits.train(1, 5), 5, 1).open()) {
      Parameter parameter =
          NETWORK.parameters().stream().filter(p -> p.name().equals(name)).findFirst().get();
      Tensor weight = session.parameters().get(parameter);
      Arrays.fill(weight.data(), value);
      session.parameters().set(parameter, weight);
      Batch batch = loader.epoch(1).iterator().next();
      return catchThrowableOfType(TrainingDivergedException.class, () -> session.step(batch));
    }
  }

  @Test
  void findsAParameterThatIsNotFinite() {
    TrainingDivergedException failure = afterSpoiling("dense2.weight", Float.NaN);
    assertThat(failure.origin()).isEqualTo("parameter dense2.weight");
    assertThat(failure.step()).isEqualTo(1);
    assertThat(failure.lastLoss()).isNaN();
  }

  @Test
  void findsAnOutputThatOverflows() {
    assertThat(afterSpoiling("dense1.weight", Float.MAX_VALUE).origin())
        .isEqualTo("output of dense1");
  }
}
