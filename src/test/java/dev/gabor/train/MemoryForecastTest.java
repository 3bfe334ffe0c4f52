package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.data.StrokeDigits;
import dev.gabor.optim.Optimizer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryForecastTest {
  private static final long PLENTY = 1L << 30;

  private static Trainer trainer(CountingBackend backend) {
    return Trainer.of(SmallNetworks.digits())
        .on(backend)
        .optimizer(Optimizer.adamw(1e-3).clipNorm(1))
        .batch(10)
        .epochs(1);
  }

  @Test
  void equalsWhatIsThenAllocated() {
    CountingBackend backend = new CountingBackend(PLENTY, PLENTY);
    List<MemoryForecast> forecasts = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void runStarted(MemoryForecast forecast, int epochs, int stepsPerEpoch) {
            assertThat(backend.allocatedBytes()).isZero();
            forecasts.add(forecast);
          }
        };
    TrainingResult result =
        trainer(backend)
            .validation(StrokeDigits.test(1, 20))
            .listener(listener)
            .fit(StrokeDigits.train(1, 20));
    MemoryForecast forecast = forecasts.get(0);
    assertThat(forecast.total()).isEqualTo(backend.allocatedBytes());
    assertThat(result.peakDeviceBytes()).isEqualTo(backend.allocatedBytes());
    assertThat(forecast.optimizerState()).isEqualTo(2 * forecast.gradients());
    assertThat(forecast.parameters()).isGreaterThan(forecast.gradients());
    assertThat(forecast.evaluation()).isPositive().isLessThan(forecast.arena());
    assertThat(forecast.arena()).isLessThan(forecast.unshared());
  }

  @Test
  void aLoopOfOnesOwnNeedsNoEvaluation() {
    CountingBackend backend = new CountingBackend(PLENTY, PLENTY);
    try (TrainingSession session = trainer(backend).open()) {
      assertThat(session.forecast().evaluation()).isZero();
      assertThat(session.forecast().total())
          .isEqualTo(session.allocatedBytes())
          .isEqualTo(backend.allocatedBytes());
    }
  }

  @Test
  void tooLargeABatchIsRefusedWithTheOneThatFits() {
    long limit = trainer(new CountingBackend(PLENTY, PLENTY)).batch(37).forecast().total();
    CountingBackend exact = new CountingBackend(limit, limit);
    assertThat(trainer(exact).batch(37).forecast().total()).isEqualTo(limit);
    CountingBackend smaller = new CountingBackend(limit - 1, limit);
    assertThatThrownBy(() -> trainer(smaller).batch(37).fit(StrokeDigits.train(1, 50)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "training with batch size 37 needs %d bytes, a small device has %d bytes: "
                    .formatted(limit, limit - 1)
                + "batch size 36 fits");
    assertThat(smaller.allocatedBytes()).isZero();
    assertThat(trainer(smaller).batch(36).forecast().total()).isLessThan(limit);
  }

  @Test
  void aPieceLargerThanOneAllocationIsRefusedToo() {
    long imagesBytes = 28 * 28 * 4;
    CountingBackend backend = new CountingBackend(PLENTY, 100 * imagesBytes);
    assertThatThrownBy(() -> trainer(backend).batch(1000).open())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("training with batch size 1000 does not fit (")
        .hasMessageMatching(".*: batch size \\d+ fits");
  }

  @Test
  void aNetworkThatDoesNotFitAtAllIsSaidSo() {
    CountingBackend backend = new CountingBackend(10_000, PLENTY);
    assertThatThrownBy(() -> trainer(backend).forecast())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("a small device has 10000 bytes: not even 1 fits");
  }

  /** The arena lies in many pieces where one allocation is small, and nothing else changes. */
  @Test
  void anArenaInSeveralPiecesGivesTheSameBits() {
    CountingBackend whole = new CountingBackend(PLENTY, PLENTY);
    long arena = trainer(whole).forecast().arena();
    CountingBackend split = new CountingBackend(PLENTY, arena * 3 / 4);
    Trainer trainer = trainer(split);
    assertThat(trainer.forecast().arena()).isGreaterThan(split.maxAllocationBytes());
    Model expected = trainer(whole).fit(StrokeDigits.train(1, 30)).model();
    Model actual = trainer.fit(StrokeDigits.train(1, 30)).model();
    expected
        .parameters()
        .forEach(
            (name, tensor) ->
                assertThat(actual.parameters().get(name).data()).as(name).isEqualTo(tensor.data()));
    assertThat(split.largestBytes()).isLessThanOrEqualTo(arena * 3 / 4);
  }
}
