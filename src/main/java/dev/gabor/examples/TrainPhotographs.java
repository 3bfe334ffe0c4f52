package dev.gabor.examples;

import dev.gabor.Gabor;
import dev.gabor.backend.Backend;
import dev.gabor.backend.Loss;
import dev.gabor.data.DataSource;
import dev.gabor.data.Dataset;
import dev.gabor.data.DatasetPair;
import dev.gabor.data.PictureFit;
import dev.gabor.data.PictureOptions;
import dev.gabor.data.augment.Augmentation;
import dev.gabor.nn.Network;
import dev.gabor.nn.models.Models;
import dev.gabor.train.Evaluator;
import dev.gabor.train.Trainer;
import dev.gabor.train.TrainingResult;
import java.nio.file.Path;

/** Trains on photographs of one's own: a folder with a folder of pictures for each class. */
public final class TrainPhotographs {
  private TrainPhotographs() {}

  /**
   * Prints the accuracy on the test set.
   *
   * @param args the folder, a file for the model
   */
  public static void main(String[] args) {
    PictureOptions options =
        PictureOptions.DEFAULT.size(32, 32).channels(3).fit(PictureFit.CROP).skippingBad();
    DataSource photographs = DataSource.of(Path.of(args[0]), options);
    photographs.remarks().forEach(System.out::println);
    DatasetPair parts = photographs.training().stratifiedSplit(0.8, 1);
    Dataset train = parts.first();
    Augmentation augmentation = Augmentation.parse("flip,crop=4,rotate=10,brightness=0.2");
    Network network = Models.byName("lenet", train.shape(), train.classes());
    try (Backend backend = Gabor.open("auto")) {
      TrainingResult result =
          Trainer.of(network)
              .on(backend)
              .loss(Loss.crossEntropy().weighted(train.balancedClassWeights()))
              .transform(augmentation.transform())
              .mixing(augmentation.mixing())
              .batch(8)
              .epochs(4)
              .validation(parts.second())
              .fit(train);
      try (Evaluator evaluator = Evaluator.of(result.model(), backend, 8)) {
        System.out.println(
            evaluator.evaluate(photographs.test(), result.model().normalization()).accuracy());
      }
      result.model().save(Path.of(args[1]));
    }
  }
}
