package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.Scratch;
import dev.gabor.data.Batch;
import dev.gabor.data.BatchLoader;
import dev.gabor.data.Batches;
import dev.gabor.golden.TensorDataset;
import dev.gabor.nn.Network;
import dev.gabor.nn.models.Models;
import dev.gabor.optim.Optimizer;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Computing activations again changes memory and time, and no bit. */
class RecomputeTest {
  private static final int STEPS = 6;
  private static final int BATCH = 5;

  /** Batch-norm, dropout, pooling, branches that are added and joined, an activation alone. */
  private static Network network() {
    return Network.input(3, 12, 12)
        .conv2d(6, 3, c -> c.bias(false))
        .batchNorm()
        .relu()
        .residual(b -> b.conv2d(6, 3).batchNorm())
        .relu()
        .conv2d(6, 3)
        .silu()
        .concat(a -> a.conv2d(4, 1).tanh(), b -> b.conv2d(5, 3).batchNorm())
        .dropout(0.3f)
        .maxPool(2)
        .conv2d(8, 3)
        .batchNorm()
        .relu()
        .channelDropout(0.2f)
        .residual(b -> b.conv2d(8, 3).relu().conv2d(8, 3))
        .averagePool(2)
        .flatten()
        .dense(16)
        .relu()
        .dropout(0.5f)
        .dense(10)
        .build();
  }

  private record Outcome(List<Double> losses, Map<String, Tensor> parameters, long arenaBytes) {}

  private static Outcome train(Trainer trainer) {
    Tensor images = Scratch.random(Shape.of(4 * BATCH, 3, 12, 12), 1);
    List<Double> losses = new ArrayList<>();
    try (TrainingSession session = trainer.open();
        BatchLoader loader = Batches.training(new TensorDataset(images, 10), BATCH, 1).open()) {
      for (int epoch = 1; session.stepsDone() < STEPS; epoch++) {
        for (Batch batch : loader.epoch(epoch)) {
          session.step(batch);
          losses.add(session.lastLoss());
        }
      }
      return new Outcome(losses, Model.values(session.parameters()), session.forecast().arena());
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void theLossesAndTheRunningStatisticsAreTheSameBits(Backends.Opener opener) {
    try (Backend backend = opener.open()) {
      Trainer trainer =
          Trainer.of(network()).on(backend).optimizer(Optimizer.adam(1e-2)).batch(BATCH);
      Outcome kept = train(trainer);
      Outcome recomputed = train(trainer.recompute());
      assertThat(recomputed.losses()).isEqualTo(kept.losses());
      kept.parameters()
          .forEach(
              (name, tensor) ->
                  assertThat(recomputed.parameters().get(name).data())
                      .as(name)
                      .isEqualTo(tensor.data()));
      assertThat(recomputed.arenaBytes()).isLessThan(kept.arenaBytes());
    }
  }

  @ParameterizedTest
  @CsvSource({"lenet, 64, 0.98", "vgg, 32, 0.6", "resnet18, 16, 0.6", "mobilenet, 32, 0.5"})
  void theArenaShrinksToAShareOfWhatItWas(String name, int batch, double share) {
    try (Backend backend = Gabor.open("opencl")) {
      MemoryForecast forecast =
          Trainer.of(Models.byName(name, Models.usualShape(name), 10))
              .on(backend)
              .batch(batch)
              .recompute()
              .forecast();
      assertThat((double) forecast.arena()).isLessThanOrEqualTo(share * forecast.kept());
    }
  }

  @Test
  void whatIsForecastIsWhatIsAllocated() {
    CountingBackend backend = new CountingBackend(1L << 30, 1L << 30);
    try (TrainingSession session =
        Trainer.of(network()).on(backend).batch(BATCH).recompute().open()) {
      MemoryForecast forecast = session.forecast();
      assertThat(forecast.arena()).isLessThan(forecast.kept()).isLessThan(forecast.unshared());
      assertThat(backend.allocatedBytes()).isEqualTo(forecast.total());
    }
  }

  @Test
  void aBatchThatDidNotFitFits() {
    Trainer trainer = Trainer.of(network()).batch(64);
    CountingBackend plenty = new CountingBackend(1L << 30, 1L << 30);
    long bytes = trainer.on(plenty).recompute().forecast().total();
    CountingBackend small = new CountingBackend(bytes, bytes);
    assertThat(trainer.on(small).recompute().forecast().total()).isEqualTo(bytes);
    assertThatThrownBy(() -> trainer.on(small).forecast())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("training with batch size 64");
  }
}
