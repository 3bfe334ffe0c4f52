package dev.gabor.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Shape;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BatchLoaderTest {
  private static final Dataset HUNDRED = ArrayDataset.counting(100, 7);

  /** The indices of an epoch, each batch checked against the data set on the way. */
  private static List<Integer> walk(BatchLoader loader, long epoch) {
    List<Integer> seen = new ArrayList<>();
    for (Batch batch : loader.epoch(epoch)) {
      for (int i = 0; i < batch.count(); i++) {
        int index = batch.indices()[i];
        assertThat(batch.labels()[i]).isEqualTo(index % 7);
        assertThat(batch.images().data()[2 * i]).isEqualTo(index);
        assertThat(batch.images().data()[2 * i + 1]).isEqualTo(index + 0.5f);
        seen.add(index);
      }
    }
    return seen;
  }

  /** Every batch of an epoch, copied. */
  private static List<float[]> copies(Batches batches) {
    List<float[]> copies = new ArrayList<>();
    try (BatchLoader loader = batches.open()) {
      for (Batch batch : loader.epoch(3)) {
        float[] copy = Arrays.copyOf(batch.images().data(), batch.images().data().length + 2);
        copy[copy.length - 2] = batch.share();
        copy[copy.length - 1] = Arrays.hashCode(batch.labels()) + Arrays.hashCode(batch.indices());
        copies.add(copy);
      }
    }
    return copies;
  }

  @Test
  void anyNumberOfThreadsFillsTheSameBatches() {
    Transform noise =
        (sample, offset, shape, seed, epoch, index) ->
            sample[offset] += new Philox(seed + epoch, index).nextFloat();
    Mixing sums =
        (batch, seed, epoch, number) -> {
          for (int i = 1; i < batch.count(); i++) {
            batch.images().data()[2 * i] += batch.images().data()[2 * i - 2];
          }
          batch.mixWithPrevious(number / 100f);
        };
    Batches batches = Batches.training(HUNDRED, 13, 5).transformed(noise).mixed(sums);
    List<float[]> one = copies(batches.threads(1));
    assertThat(one).hasSize(7);
    for (int threads : new int[] {2, 3, 8}) {
      List<float[]> many = copies(batches.threads(threads));
      assertThat(many).hasSameSizeAs(one);
      for (int i = 0; i < one.size(); i++) {
        assertThat(many.get(i)).isEqualTo(one.get(i));
      }
    }
  }

  /** Each thread waits in its first sample until another has begun one, too. */
  @Test
  void severalThreadsWorkAtOnce() {
    CountDownLatch both = new CountDownLatch(2);
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    Transform meet =
        (sample, offset, shape, seed, epoch, index) -> {
          if (seen.add(Thread.currentThread())) {
            both.countDown();
          }
          while (both.getCount() > 0) {
            Thread.onSpinWait();
          }
        };
    Batches batches = Batches.evaluation(HUNDRED, 100).transformed(meet).threads(2);
    try (BatchLoader loader = batches.open()) {
      assertThat(walk(loader, 1)).hasSize(100);
    }
    assertThat(seen).hasSize(2);
  }

  @Test
  void mixedBatchesSayWhoseTheOtherShareIs() {
    Mixing half = (batch, seed, epoch, number) -> batch.mixWithPrevious(0.5f);
    try (BatchLoader loader = Batches.evaluation(HUNDRED, 4).mixed(half).open()) {
      Batch batch = loader.epoch(1).iterator().next();
      assertThat(batch.share()).isEqualTo(0.5f);
      assertThat(batch.partnerLabels()).containsExactly(3, 0, 1, 2);
      assertThatThrownBy(() -> batch.mixWithPrevious(1.5f))
          .hasMessage("mixing: expected a share of 0 to 1, found 1.5");
    }
    try (BatchLoader loader = Batches.evaluation(HUNDRED, 4).open()) {
      assertThat(loader.epoch(1).iterator().next().share()).isEqualTo(1);
    }
  }

  @Test
  void valuesThatAreNotFiniteAreRefused() {
    for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
      Dataset set = new ArrayDataset(Shape.of(1, 1, 2), 2, 1, 3, 5, bad);
      try (BatchLoader loader = Batches.evaluation(set, 1).open()) {
        Iterator<Batch> epoch = loader.epoch(1).iterator();
        epoch.next();
        assertThatThrownBy(epoch::next)
            .isInstanceOf(DataException.class)
            .hasMessage("sample 1: expected finite values, found NaN or infinity");
      }
    }
  }

  @Test
  void trainingShufflesAndDropsTheRest() {
    Batches batches = Batches.training(HUNDRED, 33, 5);
    assertThat(batches.perEpoch()).isEqualTo(3);
    try (BatchLoader loader = batches.open()) {
      List<Integer> first = walk(loader, 1);
      assertThat(first)
          .hasSize(99)
          .doesNotHaveDuplicates()
          .isNotEqualTo(IntStream.range(0, 99).boxed().toList());
      assertThat(walk(loader, 2)).hasSize(99).isNotEqualTo(first);
      assertThat(walk(loader, 1)).isEqualTo(first);
      int[] order = new int[100];
      batches.order(1, order);
      assertThat(first).isEqualTo(IntStream.of(order).limit(99).boxed().toList());
    }
    try (BatchLoader loader = Batches.training(HUNDRED, 33, 6).open();
        BatchLoader same = Batches.training(HUNDRED, 33, 6).open()) {
      assertThat(walk(loader, 1)).isEqualTo(walk(same, 1));
    }
  }

  @Test
  void evaluationDeliversEverySampleOnceInOrder() {
    for (int size : new int[] {1, 7, 13, 100, 101}) {
      Batches batches = Batches.evaluation(HUNDRED, size);
      assertThat(batches.perEpoch()).isEqualTo((100 + size - 1) / size);
      try (BatchLoader loader = batches.open()) {
        assertThat(walk(loader, 1)).isEqualTo(IntStream.range(0, 100).boxed().toList());
      }
    }
  }

  @Test
  void aSmallerLastBatchIsPaddedWithZeros() {
    try (BatchLoader loader = Batches.evaluation(HUNDRED, 30).open()) {
      List<Integer> counts = new ArrayList<>();
      for (Batch batch : loader.epoch(1)) {
        counts.add(batch.count());
        assertThat(batch.capacity()).isEqualTo(30);
        assertThat(batch.images().shape()).isEqualTo(Shape.of(30, 1, 1, 2));
        for (int i = batch.count(); i < 30; i++) {
          assertThat(batch.labels()[i] + batch.indices()[i]).isZero();
          assertThat(batch.images().data()[2 * i] + batch.images().data()[2 * i + 1]).isZero();
        }
      }
      assertThat(counts).containsExactly(30, 30, 30, 10);
    }
  }

  @Test
  void transformsThenNormalises() {
    Dataset set = new ArrayDataset(Shape.of(1, 1, 2), 2, 1, 3, 5, 7);
    Normalization range = Normalization.fit(set, Normalization.Kind.RANGE);
    Transform transform =
        (sample, offset, shape, seed, epoch, index) ->
            sample[offset] += 1000f * seed + 100 * epoch + 10f * index;
    Batches batches = Batches.training(set, 1, 4).transformed(transform).normalized(range);
    try (BatchLoader loader = batches.open()) {
      for (Batch batch : loader.epoch(2)) {
        int index = batch.indices()[0];
        float raw = 1 + 4 * index + 4200 + 10 * index;
        assertThat(batch.images().data())
            .containsExactly((raw - 4) * (float) (1 / 6.0), (4 * index - 1) * (float) (1 / 6.0));
      }
    }
  }

  @Test
  void twoBatchesAreFilledAheadAndTheOneInUseIsNotTouched() {
    AtomicInteger filled = new AtomicInteger();
    Transform count = (sample, offset, shape, seed, epoch, index) -> filled.set(index + 1);
    try (BatchLoader loader = Batches.evaluation(HUNDRED, 1).transformed(count).threads(1).open()) {
      int used = 0;
      for (Batch batch : loader.epoch(1)) {
        used++;
        while (filled.get() < Math.min(100, used + 2)) {
          Thread.onSpinWait();
        }
        assertThat(filled.get()).isEqualTo(Math.min(100, used + 2));
        assertThat(batch.indices()[0]).isEqualTo(used - 1);
        assertThat(batch.images().data()[0]).isEqualTo(used - 1);
      }
    }
  }

  @Test
  void anEpochCanGoOnFromABatchAndBeGivenUp() {
    try (BatchLoader loader = Batches.training(HUNDRED, 10, 3).open()) {
      List<Integer> whole = walk(loader, 4);
      Iterator<Batch> resumed = loader.epoch(4, 7).iterator();
      assertThat(resumed.next().indices()[0]).isEqualTo(whole.get(70));
      assertThat(walk(loader, 4)).isEqualTo(whole);
      assertThatThrownBy(resumed::hasNext)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("batch loader: another epoch has been started since");
      assertThat(loader.epoch(4, 10)).isEmpty();
      assertThatThrownBy(() -> loader.epoch(4, 11))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("first batch of an epoch: expected 0 to 10, found 11");
    }
  }

  @Test
  void exceptionsReachTheUserInTheirPlace() {
    Transform spoilt =
        (sample, offset, shape, seed, epoch, index) -> {
          if (index == 42 && epoch == 1) {
            throw new DataException("sample 42 is unreadable");
          }
        };
    try (BatchLoader loader =
        Batches.evaluation(HUNDRED, 10).transformed(spoilt).threads(3).open()) {
      Iterator<Batch> epoch = loader.epoch(1).iterator();
      for (int i = 0; i < 4; i++) {
        assertThat(epoch.next().indices()[9]).isEqualTo(10 * i + 9);
      }
      assertThatThrownBy(epoch::next)
          .isInstanceOf(DataException.class)
          .hasMessage("sample 42 is unreadable");
      assertThat(epoch.hasNext()).isFalse();
      assertThat(walk(loader, 2)).hasSize(100);
    }
  }

  @Test
  void closingEndsTheThread() {
    AtomicReference<Thread> filler = new AtomicReference<>();
    Transform remember =
        (sample, offset, shape, seed, epoch, index) -> filler.set(Thread.currentThread());
    BatchLoader loader = Batches.evaluation(HUNDRED, 1).transformed(remember).threads(1).open();
    Iterator<Batch> epoch = loader.epoch(1).iterator();
    epoch.next();
    loader.close();
    assertThat(filler.get().isAlive()).isFalse();
    assertThatThrownBy(epoch::next)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("batch loader: already closed");
    assertThatThrownBy(() -> loader.epoch(1)).isInstanceOf(IllegalStateException.class);
    loader.close();
  }

  @Test
  void closingGivesUpABatchHalfWay() throws InterruptedException {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    List<Integer> read = new ArrayList<>();
    Transform slow =
        (sample, offset, shape, seed, epoch, index) -> {
          read.add(index);
          reading.countDown();
          while (goOn.getCount() > 0) {
            Thread.onSpinWait();
          }
        };
    BatchLoader loader = Batches.evaluation(HUNDRED, 100).transformed(slow).threads(1).open();
    assertThat(loader.epoch(1)).isNotNull();
    reading.await();
    Thread closer = new Thread(loader::close);
    closer.start();
    while (closer.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    goOn.countDown();
    closer.join();
    assertThat(read).containsExactly(0);
  }

  @Test
  void nothingIsAllocatedPerBatch() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    AtomicReference<Thread> filler = new AtomicReference<>();
    Transform remember =
        (sample, offset, shape, seed, epoch, index) -> filler.set(Thread.currentThread());
    Dataset set = ArrayDataset.counting(20_000, 3);
    try (BatchLoader loader =
        Batches.training(set, 10, 1).transformed(remember).threads(1).open()) {
      assertThat(consume(loader, 1)).isEqualTo(2000);
      long fillerId = filler.get().getId();
      long userId = Thread.currentThread().getId();
      long before =
          threads.getThreadAllocatedBytes(fillerId) + threads.getThreadAllocatedBytes(userId);
      consume(loader, 2);
      long after =
          threads.getThreadAllocatedBytes(fillerId) + threads.getThreadAllocatedBytes(userId);
      assertThat(after - before).as("bytes for 2,000 batches").isLessThan(20_000);
    }
  }

  private static int consume(BatchLoader loader, long epoch) {
    int count = 0;
    for (Batch batch : loader.epoch(epoch)) {
      count += batch.count() / batch.capacity();
    }
    return count;
  }

  @Test
  void refusesSizesWithoutABatch() {
    assertThatThrownBy(() -> Batches.evaluation(HUNDRED, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("batch size: expected at least 1, found 0");
    assertThatThrownBy(() -> Batches.training(HUNDRED, 101, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("batch size: expected at most 100, the number of samples, found 101");
    Batches batches = Batches.evaluation(HUNDRED, 10);
    assertThatThrownBy(() -> batches.threads(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("loader threads: expected at least 1, found 0");
    assertThatThrownBy(() -> batches.normalized(Normalization.none(3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("normalization of 3 channels does not fit samples (1,1,2)");
  }
}
