package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.data.Batch;
import dev.gabor.data.BatchLoader;
import dev.gabor.data.Batches;
import dev.gabor.data.Dataset;
import dev.gabor.data.Normalization;
import dev.gabor.data.StrokeDigits;
import dev.gabor.nn.Network;
import dev.gabor.opencl.LiveObjects;
import dev.gabor.optim.Optimizer;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TrainingSessionTest {
  private static final Dataset TRAIN = StrokeDigits.train(1, 500);
  private static final int STEPS = 100;
  private static final int BATCH = 13;

  private static Trainer trainer(Backend backend) {
    return Trainer.of(SmallNetworks.digits())
        .on(backend)
        .optimizer(Optimizer.momentum(0.02, 0.9).weightDecay(1e-4))
        .batch(BATCH)
        .seed(7);
  }

  private static Batches batches() {
    return Batches.training(TRAIN, BATCH, 7)
        .normalized(Normalization.fit(TRAIN, Normalization.Kind.STANDARD));
  }

  private static double[] losses(Backend backend) {
    double[] losses = new double[STEPS];
    try (TrainingSession session = trainer(backend).open();
        BatchLoader loader = batches().open()) {
      for (int epoch = 1; session.stepsDone() < STEPS; epoch++) {
        for (Batch batch : loader.epoch(epoch)) {
          if (session.stepsDone() < STEPS) {
            session.step(batch);
            losses[session.stepsDone() - 1] = session.lastLoss();
          }
        }
      }
    }
    return losses;
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void theFirstHundredLossesAreThoseOfTheReference(Backends.Opener opener) {
    double[] expected = losses(new ReferenceBackend());
    try (Backend backend = opener.open()) {
      double[] actual = losses(backend);
      for (int step = 0; step < STEPS; step++) {
        assertThat(actual[step])
            .as("loss of step %d", step + 1)
            .isCloseTo(expected[step], within(1e-3 * expected[step]));
      }
    }
    // Otherwise it would have compared noise: the run must have learnt something.
    assertThat(expected[STEPS - 1]).isLessThan(0.7 * expected[0]);
    assertThat(LiveObjects.count()).as(LiveObjects.describe()).isZero();
  }

  private static Map<String, int[]> trainedBits(Backend backend) {
    TrainingResult result = trainer(backend).epochs(2).fit(TRAIN);
    Map<String, int[]> bits = new TreeMap<>();
    result
        .model()
        .parameters()
        .forEach(
            (name, tensor) -> {
              int[] words = new int[tensor.data().length];
              for (int i = 0; i < words.length; i++) {
                words[i] = Float.floatToRawIntBits(tensor.data()[i]);
              }
              bits.put(name, words);
            });
    return bits;
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void theSameSeedGivesTheSameBits(Backends.Opener opener) {
    try (Backend first = opener.open();
        Backend second = opener.open()) {
      Map<String, int[]> expected = trainedBits(first);
      Map<String, int[]> actual = trainedBits(second);
      assertThat(actual).containsOnlyKeys(expected.keySet());
      expected.forEach((name, bits) -> assertThat(actual.get(name)).as(name).isEqualTo(bits));
    }
  }

  @Test
  void anotherSeedGivesOtherWeights() {
    try (Backend backend = new ReferenceBackend()) {
      float[] one =
          trainer(backend).epochs(1).fit(TRAIN).model().parameters().get("dense1.weight").data();
      float[] other =
          trainer(backend)
              .seed(8)
              .epochs(1)
              .fit(TRAIN)
              .model()
              .parameters()
              .get("dense1.weight")
              .data();
      assertThat(one).isNotEqualTo(other);
    }
  }

  @Test
  void lossesOfManyStepsAreGatheredAndCountedOnce() {
    int steps = 0;
    double sum = 0;
    try (Backend backend = new ReferenceBackend();
        TrainingSession lazy = trainer(backend).open();
        TrainingSession curious = trainer(backend).open();
        BatchLoader loader = batches().open()) {
      for (int epoch = 1; epoch <= 2; epoch++) {
        for (Batch batch : loader.epoch(epoch)) {
          lazy.step(batch);
          curious.step(batch);
          sum += curious.lastLoss();
          steps++;
        }
      }
      TrainingSession.Totals totals = lazy.takeTotals();
      assertThat(totals.steps()).isEqualTo(steps).isGreaterThan(LossHistory.SLOTS);
      assertThat(totals.loss()).isCloseTo(sum / steps, within(1e-9));
      assertThat(totals.accuracy()).isEqualTo(curious.takeTotals().accuracy()).isBetween(0.1, 1.0);
      assertThat(lazy.takeTotals().steps()).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void fourSmallBatchesEqualOneLargeOne(Backends.Opener opener) {
    Network network =
        Network.input(1, 28, 28).conv2d(4, 3, c -> c.stride(2)).relu().flatten().dense(10).build();
    try (Backend backend = opener.open()) {
      Trainer trainer =
          Trainer.of(network).on(backend).optimizer(Optimizer.momentum(0.05, 0.9)).epochs(2);
      // In the order of an epoch, 4 batches of 8 are one of 32.
      Model small = trainer.batch(8).accumulate(4).fit(TRAIN.subset(firsts(480))).model();
      Model large = trainer.batch(32).fit(TRAIN.subset(firsts(480))).model();
      large
          .parameters()
          .forEach(
              (name, tensor) -> {
                float[] actual = small.parameters().get(name).data();
                for (int i = 0; i < actual.length; i++) {
                  assertThat(actual[i]).as(name).isCloseTo(tensor.data()[i], within(2e-5f));
                }
              });
    }
  }

  private static int[] firsts(int count) {
    return IntStream.range(0, count).toArray();
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void forwardAnswersWithTodaysWeights(Backends.Opener opener) {
    try (Backend backend = opener.open();
        TrainingSession session = trainer(backend).open();
        BatchLoader loader = batches().open()) {
      Tensor shared = loader.epoch(1).iterator().next().images();
      Tensor images = new Tensor(shared.shape(), shared.data().clone());
      Tensor before = session.forward(images);
      for (Batch batch : loader.epoch(1)) {
        session.step(batch);
      }
      Tensor after = session.forward(images);
      assertThat(after.shape()).isEqualTo(Shape.of(BATCH, 10));
      assertThat(after.data()).isNotEqualTo(before.data());
      Normalization none = Normalization.none(1);
      try (Predictor predictor = new Predictor(session.model(none, TRAIN), backend)) {
        float[] first = Arrays.copyOf(images.data(), 28 * 28);
        float[] alone = predictor.outputs(first);
        Tensor one = session.forward(new Tensor(Shape.of(1, 1, 28, 28), first));
        for (int c = 0; c < 10; c++) {
          assertThat(after.data()[c]).isCloseTo(alone[c], within(1e-4f));
          assertThat(one.data()[c]).isCloseTo(alone[c], within(1e-4f));
        }
      }
      assertThatThrownBy(() -> session.forward(Tensor.zeros(2, 1, 28, 27)))
          .hasMessage("forward: expected up to 13 samples (1,28,28), found (2,1,28,27)");
      assertThatThrownBy(() -> session.forward(Tensor.zeros(14, 1, 28, 28)))
          .hasMessage("forward: expected up to 13 samples (1,28,28), found (14,1,28,28)");
    }
    assertThat(LiveObjects.count()).as(LiveObjects.describe()).isZero();
  }

  @Test
  void refusesWhatIsNotAWholeBatch() {
    try (Backend backend = new ReferenceBackend();
        TrainingSession session = trainer(backend).open();
        BatchLoader loader = Batches.evaluation(TRAIN.subset(new int[] {1, 2, 3}), BATCH).open()) {
      Batch three = loader.epoch(0).iterator().next();
      assertThatThrownBy(() -> session.step(three))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("training step: expected a batch of 13 samples, found 3 of 13");
      assertThatThrownBy(session::lastLoss)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("training session: no step has been done");
    }
  }

  @Test
  void theLossIsReadBackOnlyWhenSomebodyLooks() {
    CountingBackend backend = new CountingBackend(1L << 30, 1L << 30);
    try (TrainingSession session = trainer(backend).open();
        BatchLoader loader = batches().open()) {
      Batch batch = loader.epoch(1).iterator().next();
      int steps = LossHistory.SLOTS + 37;
      for (int i = 0; i < steps; i++) {
        session.step(batch);
      }
      // Behind steps 1, 2, 4, 8, 16 and 32, to see early that a run diverges; then the 64 are full.
      assertThat(backend.reads()).isEqualTo(7);
      session.lastLoss();
      assertThat(backend.reads()).isEqualTo(8);
      session.lastLoss();
      assertThat(backend.reads()).isEqualTo(8);
      assertThat(session.takeTotals().steps()).isEqualTo(steps);
      assertThat(backend.reads()).isEqualTo(8);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void batchesUploadedMeanwhileGiveTheBitsOfALoop(Backends.Opener opener) {
    try (Backend backend = opener.open();
        TrainingSession session = trainer(backend).open();
        BatchLoader loader = batches().open()) {
      Map<String, Tensor> meanwhile =
          trainer(backend)
              .epochs(2)
              .normalization(Normalization.Kind.STANDARD)
              .fit(TRAIN)
              .model()
              .parameters();
      for (int epoch = 1; epoch <= 2; epoch++) {
        for (Batch batch : loader.epoch(epoch)) {
          session.step(batch);
        }
      }
      Model.values(session.parameters())
          .forEach(
              (name, tensor) ->
                  assertThat(meanwhile.get(name).data()).as(name).isEqualTo(tensor.data()));
    }
  }

  @Test
  void theDataSetsFailureReachesTheOneWhoTrains() {
    Dataset broken =
        new Dataset() {
          @Override
          public int size() {
            return TRAIN.size();
          }

          @Override
          public Shape shape() {
            return TRAIN.shape();
          }

          @Override
          public List<String> classNames() {
            return TRAIN.classNames();
          }

          @Override
          public int label(int index) {
            return TRAIN.label(index);
          }

          @Override
          public void read(int index, float[] target, int offset) {
            if (index == 77) {
              throw new IllegalStateException("sample 77 is broken");
            }
            TRAIN.read(index, target, offset);
          }
        };
    try (Backend backend = new ReferenceBackend()) {
      assertThatThrownBy(
              () -> trainer(backend).normalization(Normalization.Kind.NONE).epochs(2).fit(broken))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("sample 77 is broken");
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.equals("gabor-uploads"));
  }
}
