package dev.gabor.examples;

import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.data.Batch;
import dev.gabor.data.BatchLoader;
import dev.gabor.data.Batches;
import dev.gabor.data.Dataset;
import dev.gabor.data.Normalization;
import dev.gabor.data.StrokeDigits;
import dev.gabor.nn.Network;
import dev.gabor.optim.Optimizer;
import dev.gabor.optim.Schedule;
import dev.gabor.tensor.Tensor;
import dev.gabor.train.Trainer;
import dev.gabor.train.TrainingSession;
import java.nio.file.Path;
import java.util.Arrays;

/** A training loop of one's own: batches, rates and reports are in the program's hands. */
public final class OwnLoop {
  private static final int EPOCHS = 2;

  private OwnLoop() {}

  /**
   * Prints the loss of each epoch.
   *
   * @param args a file for the model
   */
  public static void main(String[] args) {
    Dataset data = StrokeDigits.train(1, 2000);
    Normalization normalization = Normalization.fit(data, Normalization.Kind.STANDARD);
    Network network =
        Network.input(1, 28, 28).maxPool(2).flatten().dense(64).relu().dense(10).build();
    Schedule schedule = Schedule.oneCycle(5e-3);
    try (Backend backend = Gabor.open("auto");
        TrainingSession session =
            Trainer.of(network).on(backend).optimizer(Optimizer.adam(5e-3)).batch(50).open();
        BatchLoader loader =
            Batches.training(data, session.batchSize(), 1).normalized(normalization).open()) {
      int steps = EPOCHS * loader.batches().perEpoch();
      for (int epoch = 1; epoch <= EPOCHS; epoch++) {
        for (Batch batch : loader.epoch(epoch)) {
          session.learningRate(schedule.rate(session.stepsDone(), steps));
          session.step(batch);
        }
        System.out.println("epoch " + epoch + ": " + session.takeTotals());
      }
      Batch some = loader.epoch(0).iterator().next();
      Tensor logits = session.forward(some.images());
      System.out.println("the first answer: " + Arrays.toString(Arrays.copyOf(logits.data(), 10)));
      session.model(normalization, data).save(Path.of(args[0]));
    }
  }
}
