package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.data.Batch;
import dev.gabor.data.BatchLoader;
import dev.gabor.data.Batches;
import dev.gabor.data.Dataset;
import dev.gabor.data.StrokeDigits;
import dev.gabor.nn.Models;
import dev.gabor.optim.Optimizer;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** What a training step costs beside time: heap and device memory. */
class StepCostTest {
  private static final int WARM_UP = 30;
  private static final int STEPS = 50;
  private static final int MOST_BYTES = 1024;

  @Test
  void aStepAllocatesNextToNothingOnTheHeap() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Dataset digits = StrokeDigits.test(1);
    Trainer trainer =
        Trainer.of(Models.byName("lenet", digits.shape(), digits.classes()))
            .optimizer(Optimizer.momentum(0.01, 0.9))
            .batch(4);
    try (Backend backend = Gabor.open("opencl");
        TrainingSession session = trainer.on(backend).open();
        BatchLoader loader = Batches.training(digits, 4, 1).open()) {
      Batch batch = loader.epoch(1).iterator().next();
      for (int i = 0; i < WARM_UP; i++) {
        session.step(batch);
      }
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < STEPS; i++) {
        session.step(batch);
      }
      long bytes = threads.getCurrentThreadAllocatedBytes() - before;
      assertThat(bytes / STEPS).as("bytes a step").isLessThanOrEqualTo(MOST_BYTES);
    }
  }

  @Test
  void theArenaOfResnetIsSmallAndTheForecastIsWhatIsAllocated() {
    Trainer trainer =
        Trainer.of(Models.byName("resnet18", Models.usualShape("resnet18"), 10)).batch(16);
    try (Backend backend = Gabor.open("opencl");
        TrainingSession session = trainer.on(backend).open()) {
      MemoryForecast forecast = session.forecast();
      assertThat((double) forecast.arena()).isLessThanOrEqualTo(0.6 * forecast.unshared());
      assertThat((double) session.allocatedBytes())
          .isBetween(0.95 * forecast.total(), 1.05 * forecast.total());
    }
  }
}
