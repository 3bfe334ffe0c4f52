package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.data.Dataset;
import dev.gabor.data.StrokeDigits;
import dev.gabor.nn.Network;
import dev.gabor.optim.Optimizer;
import dev.gabor.optim.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ResumeTest {
  private static final Dataset TRAIN = StrokeDigits.train(1, 120);
  private static final Dataset TEST = StrokeDigits.test(1, 40);

  @TempDir private Path folder;

  private static Trainer trainer(Backend backend) {
    return Trainer.of(SmallNetworks.digits())
        .on(backend)
        .optimizer(Optimizer.adam(2e-3))
        .schedule(Schedule.cosine(2e-3))
        .batch(16)
        .epochs(3)
        .validation(TEST);
  }

  private Checkpoints files() {
    return Checkpoints.in(folder).everySteps(3);
  }

  /** Ends a run as nothing but a fault can: from within a step. */
  private static TrainingListener failingAt(int epoch, int step) {
    return new TrainingListener() {
      @Override
      public void batchEnded(int e, int s, int stepsPerEpoch) {
        if (e == epoch && s == step) {
          throw new IllegalStateException("power cut");
        }
      }
    };
  }

  private List<String> names() throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      return list.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void goesOnInTheMiddleOfAnEpoch(Backends.Opener opener) throws IOException {
    try (Backend backend = opener.open()) {
      TrainingResult whole = trainer(backend).fit(TRAIN);
      Trainer broken = trainer(backend).checkpoints(files()).listener(failingAt(2, 6));
      assertThatThrownBy(() -> broken.fit(TRAIN)).hasMessage("power cut");
      // 7 steps an epoch; two are kept, and the best.
      assertThat(names())
          .containsExactly(
              "best.safetensors",
              "checkpoint-000000009.safetensors",
              "checkpoint-000000012.safetensors");
      List<String> seen = new ArrayList<>();
      TrainingListener listener =
          new TrainingListener() {
            @Override
            public void runResumed(List<EpochReport> done, int steps) {
              seen.add("resumed " + done.size() + " " + steps);
            }

            @Override
            public void batchEnded(int epoch, int step, int stepsPerEpoch) {
              seen.add(epoch + "." + step);
            }
          };
      TrainingResult resumed =
          trainer(backend).checkpoints(files().resuming()).listener(listener).fit(TRAIN);
      assertThat(seen).startsWith("resumed 1 12", "2.6", "2.7", "3.1").hasSize(10);
      assertThat(resumed.steps()).isEqualTo(21);
      whole
          .model()
          .parameters()
          .forEach(
              (name, tensor) ->
                  assertThat(resumed.model().parameters().get(name).data())
                      .as(name)
                      .isEqualTo(tensor.data()));
      for (int e = 0; e < 3; e++) {
        assertThat(resumed.epochs().get(e).trainLoss())
            .isEqualTo(whole.epochs().get(e).trainLoss());
        assertThat(resumed.epochs().get(e).valLoss()).isEqualTo(whole.epochs().get(e).valLoss());
      }
      Path best = folder.resolve("best.safetensors");
      assertThat(Checkpoint.read(best).run().reports()).hasSize(resumed.best(Monitor.LOSS).epoch());
      assertThat(Model.load(best).parameters()).hasSameSizeAs(resumed.model().parameters());
      // A run that is done is done.
      TrainingResult again = trainer(backend).checkpoints(files().resuming()).fit(TRAIN);
      assertThat(again.epochs()).isEqualTo(resumed.epochs());
      // And may get more epochs.
      TrainingResult longer = trainer(backend).epochs(4).checkpoints(files().resuming()).fit(TRAIN);
      assertThat(longer.epochs()).hasSize(4);
      assertThat(longer.epochs().subList(0, 3)).isEqualTo(resumed.epochs());
    }
  }

  @Test
  void whatIsNotItsRunIsRefusedAndNothingIsLost() throws IOException {
    try (Backend backend = new ReferenceBackend()) {
      Trainer trainer = trainer(backend).epochs(1);
      trainer.checkpoints(files()).fit(TRAIN);
      List<String> before = names();
      Path newest = folder.resolve("checkpoint-000000007.safetensors");
      byte[] bytes = Files.readAllBytes(newest);

      refuses(
          () -> trainer.checkpoints(files()).fit(TRAIN),
          folder
              + ": holds 2 checkpoints of an earlier run: resume that, or choose another folder");
      Trainer resumed = trainer.checkpoints(files().resuming());
      refuses(
          () -> resumed.fit(StrokeDigits.train(2, 120)),
          newest + ": a checkpoint of other training data: it has 120 samples (1,28,28), 10");
      refuses(
          () -> resumed.validation(TRAIN).fit(TRAIN),
          newest + ": a checkpoint of other validation data: it has 40 samples");
      refuses(
          () -> resumed.seed(2).fit(TRAIN),
          newest + ": a checkpoint of a run with another seed: it has 1, this run 2");
      refuses(
          () -> resumed.batch(8).fit(TRAIN),
          newest + ": a checkpoint of a run with another batch: it has 16.0, this run 8.0");
      refuses(
          () -> resumed.optimizer(Optimizer.sgd(0.1)).fit(TRAIN),
          newest
              + ": a checkpoint of a run with another optimizer.beta1: it has 0.9, this run null");
      refuses(
          () -> resumed.schedule(Schedule.cosine(1e-3)).fit(TRAIN),
          newest
              + ": a checkpoint of a run with another schedule: it has cosine:rate=0.002,min=0.0,");
      Network other = Network.input(1, 28, 28).flatten().dense(10).build();
      refuses(
          () -> Trainer.of(other).on(backend).checkpoints(files().resuming()).fit(TRAIN),
          newest + ": a checkpoint of another model, layer 2: it has {");

      Files.write(newest, Arrays.copyOf(bytes, bytes.length / 2));
      refuses(() -> resumed.fit(TRAIN), newest + ": byte ");
      bytes[bytes.length - 100] ^= 1;
      Files.write(newest, bytes);
      refuses(() -> resumed.fit(TRAIN), newest + ": damaged: expected tensors with checksum ");
      assertThat(names()).isEqualTo(before);
      assertThat(newest).hasBinaryContent(bytes);

      // As it says: moved away, the run goes on from the one before.
      Files.move(newest, folder.resolve("damaged"));
      Files.writeString(folder.resolve("checkpoint-000000009.safetensors.tmp"), "half");
      assertThat(resumed.fit(TRAIN).steps()).isEqualTo(7);
      assertThat(names()).doesNotContain("checkpoint-000000009.safetensors.tmp");
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() throws IOException {
    refuses(() -> files().keep(0), "checkpoints: how many are kept: expected at least 1, found 0");
    refuses(
        () -> files().everySteps(-1),
        "checkpoints: steps between two: expected at least 0, found -1");
    Path file = Files.writeString(folder.resolve("file"), "");
    try (Backend backend = new ReferenceBackend()) {
      refuses(
          () -> trainer(backend).checkpoints(Checkpoints.in(file)).fit(TRAIN),
          file + ": cannot be used for checkpoints: ");
    }
  }

  private static void refuses(ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }
}
