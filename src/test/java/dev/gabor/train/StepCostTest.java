package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.backend.Scratch;
import dev.gabor.data.Batch;
import dev.gabor.data.BatchLoader;
import dev.gabor.data.Batches;
import dev.gabor.golden.TensorDataset;
import dev.gabor.nn.Network;
import dev.gabor.nn.models.Models;
import dev.gabor.opencl.LiveObjects;
import dev.gabor.optim.Optimizer;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a training step costs beside time: heap and device memory. */
class StepCostTest {
  private static final int WARM_UP = 30;
  private static final int STEPS = 50;
  private static final int MOST_BYTES = 1024;

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aStepAllocatesNextToNothingOnTheHeap(int channels) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Tensor images = Scratch.random(Shape.of(4, channels, 28, 28), 1);
    Trainer trainer =
        Trainer.of(Models.byName("lenet", Shape.of(channels, 28, 28), 10))
            .optimizer(Optimizer.momentum(0.001, 0.9))
            .batch(4);
    try (Backend backend = Gabor.open("opencl");
        TrainingSession session = trainer.on(backend).open();
        BatchLoader loader = Batches.evaluation(new TensorDataset(images, 10), 4).open()) {
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

  /** A thousand epochs of a small set leave behind what ten of them do. */
  @Test
  void aThousandEpochsTakeNoMoreMemoryThanTen() {
    List<Long> heap = new ArrayList<>();
    List<Long> objects = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void epochEnded(EpochReport report) {
            if (report.epoch() == 10 || report.epoch() == 1000) {
              objects.add(LiveObjects.count());
              heap.add(usedAfterCollection());
            }
          }
        };
    try (Backend backend = Gabor.open("opencl")) {
      Trainer.of(Network.input(1, 4, 4).conv2d(2, 3).relu().flatten().dense(3).build())
          .on(backend)
          .batch(4)
          .epochs(1000)
          .listener(listener)
          .fit(new TensorDataset(Scratch.random(Shape.of(8, 1, 4, 4), 1), 3));
    }
    // Events of the places come and go: at most one each.
    assertThat(objects.get(1)).isLessThanOrEqualTo(objects.get(0) + Feed.PLACES);
    // The reports of the epochs themselves, some 100 bytes each, and what the JVM compiles.
    assertThat(heap.get(1) - heap.get(0)).isLessThan(4L << 20);
  }

  private static long usedAfterCollection() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
