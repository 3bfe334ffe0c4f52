package dev.gabor.examples;

import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.data.ByteDataset;
import dev.gabor.data.StrokeDigits;
import dev.gabor.nn.Network;
import dev.gabor.optim.Optimizer;
import dev.gabor.train.Evaluator;
import dev.gabor.train.Trainer;
import dev.gabor.train.TrainingResult;
import java.nio.file.Path;

/** Trains a small network on the stroke digits, judges and saves it. */
final class TrainDigits {
  public static void main(String[] args) {
    ByteDataset train = StrokeDigits.train(1); // or IdxDataset.open(Path.of("mnist"), Split.TRAIN)
    ByteDataset test = StrokeDigits.test(1);
    Network network =
        Network.input(1, 28, 28)
            .conv2d(16, 3, c -> c.bias(false))
            .batchNorm()
            .relu()
            .maxPool(2)
            .conv2d(32, 3)
            .relu()
            .maxPool(2)
            .flatten()
            .dense(64)
            .relu()
            .dense(10)
            .build();
    try (Backend backend = Gabor.open("auto")) {
      TrainingResult result =
          Trainer.of(network).on(backend).optimizer(Optimizer.adam(1e-3)).epochs(3).fit(train);
      try (Evaluator evaluator = Evaluator.of(result.model(), backend, 64)) {
        System.out.println(evaluator.evaluate(test).accuracy());
      }
      result.model().save(Path.of(args[0], "digits.safetensors"));
    }
  }
}
