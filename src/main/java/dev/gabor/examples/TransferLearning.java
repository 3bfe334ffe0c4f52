package dev.gabor.examples;

import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.data.DataSource;
import dev.gabor.data.Dataset;
import dev.gabor.data.PictureOptions;
import dev.gabor.nn.Network;
import dev.gabor.optim.Optimizer;
import dev.gabor.tensor.Shape;
import dev.gabor.train.Evaluator;
import dev.gabor.train.Model;
import dev.gabor.train.Trainer;
import dev.gabor.train.TrainingResult;
import dev.gabor.train.Weights;
import java.nio.file.Path;

/**
 * Teaches a trained model other classes with few pictures: first a new head alone on the frozen
 * backbone, then everything at a small learning rate.
 */
public final class TransferLearning {
  private TransferLearning() {}

  /**
   * Prints what was taken over, and the accuracy on the test set.
   *
   * @param args a saved model, a folder with a folder of pictures for each class, a file for the
   *     new model
   */
  public static void main(String[] args) {
    Model before = Model.load(Path.of(args[0]));
    Shape shape = before.network().input().shape();
    DataSource pictures =
        DataSource.of(
            Path.of(args[1]),
            PictureOptions.DEFAULT
                .channels(shape.length(0))
                .size(shape.length(1), shape.length(2)));
    Dataset train = pictures.training();
    Network network = before.network().withClasses(train.classes());
    Weights weights = Weights.of(before).forClasses(train.classNames());
    System.out.println(weights.onto(network));
    try (Backend backend = Gabor.open("auto")) {
      Trainer trainer =
          Trainer.of(network).on(backend).normalization(before.normalization()).batch(8);
      Model head =
          trainer
              .weights(weights)
              .freezeBackbone()
              .optimizer(Optimizer.adam(1e-2))
              .epochs(4)
              .fit(train)
              .model();
      TrainingResult whole =
          trainer.weights(Weights.of(head)).optimizer(Optimizer.adam(1e-4)).epochs(2).fit(train);
      try (Evaluator evaluator = Evaluator.of(whole.model(), backend, 8)) {
        System.out.println(
            "test accuracy "
                + evaluator.evaluate(pictures.test(), before.normalization()).accuracy());
      }
      whole.model().save(Path.of(args[2]));
    }
  }
}
