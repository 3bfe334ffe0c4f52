package dev.gabor.examples;

import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.data.ByteDataset;
import dev.gabor.data.IdxDataset;
import dev.gabor.data.Split;
import dev.gabor.data.StrokeDigits;
import dev.gabor.nn.Network;
import dev.gabor.train.Evaluator;
import dev.gabor.train.Trainer;
import dev.gabor.train.TrainingResult;
import java.nio.file.Path;

/** Trains on a folder of MNIST's files, or on stroke digits where none is given, and judges. */
public final class Mnist {
  private Mnist() {}

  /**
   * Prints the accuracy on the test set.
   *
   * @param args the folder, or nothing
   */
  public static void main(String[] args) {
    boolean given = args.length > 0;
    ByteDataset train =
        given ? IdxDataset.open(Path.of(args[0]), Split.TRAIN) : StrokeDigits.train(1);
    ByteDataset test = given ? IdxDataset.open(Path.of(args[0]), Split.TEST) : StrokeDigits.test(1);
    Network network =
        Network.input(1, 28, 28)
            .conv2d(16, 3)
            .relu()
            .maxPool(2)
            .conv2d(32, 3)
            .relu()
            .maxPool(2)
            .flatten()
            .dense(10)
            .build();
    try (Backend backend = Gabor.open("auto")) {
      TrainingResult result = Trainer.of(network).on(backend).epochs(2).fit(train);
      try (Evaluator evaluator = Evaluator.of(result.model(), backend, 100)) {
        System.out.println("test accuracy " + evaluator.evaluate(test).accuracy());
      }
    }
  }
}
