package dev.gabor.cli;

import dev.gabor.backend.Loss;
import dev.gabor.data.DataSource;
import dev.gabor.data.Dataset;
import dev.gabor.data.DatasetPair;
import dev.gabor.data.augment.Augmentation;
import dev.gabor.train.Trainer;
import picocli.CommandLine.Option;

/** What training does with its data: validation, class weights, augmentation, loading. */
final class LearningDataOption {
  @Option(
      names = "--validation-split",
      paramLabel = "X",
      defaultValue = "0.05",
      description =
          "The share of the training set that validates each epoch, of every class, chosen by the"
              + " seed; default ${DEFAULT-VALUE}.")
  private double validationShare;

  @Option(
      names = "--class-weights",
      paramLabel = "KIND",
      defaultValue = "none",
      description =
          "none, or balanced: in the loss each class counts as much as any other; default"
              + " ${DEFAULT-VALUE}.")
  private String classWeights;

  @Option(
      names = "--augment",
      paramLabel = "LIST",
      defaultValue = "none",
      description =
          "Random changes of training images, in this order, between commas: flip[=P], vflip[=P],"
              + " crop=PIXELS, shift=SHARE, rotate=DEGREES, scale=LOW:HIGH, brightness=X,"
              + " contrast=X, erase[=P], mixup[=ALPHA], cutmix[=ALPHA]; default none.")
  private String augment;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Threads that read and augment; default: all processors but one, at most 8.")
  private Integer workers;

  /** The training set and the validation set. */
  DatasetPair split(DataSource source, long seed) {
    Dataset training = source.training();
    return source
        .validation()
        .map(validation -> new DatasetPair(training, validation))
        .orElseGet(() -> training.stratifiedSplit(1 - validationShare, seed));
  }

  /** Refuses what is wrong whatever the data are. */
  void check() {
    Augmentation.parse(augment);
    isBalanced();
  }

  /** The trainer with what the options ask for. */
  Trainer applied(Trainer trainer, Dataset training) {
    Augmentation augmentation = Augmentation.parse(augment);
    Trainer changed = trainer.transform(augmentation.transform()).mixing(augmentation.mixing());
    if (!augment.equals("none")) {
      changed = changed.note("augment", augment);
    }
    if (workers != null) {
      changed = changed.loaderThreads(workers);
    }
    return isBalanced()
        ? changed.loss(Loss.crossEntropy().weighted(training.balancedClassWeights()))
        : changed;
  }

  private boolean isBalanced() {
    return switch (classWeights) {
      case "none" -> false;
      case "balanced" -> true;
      default ->
          throw new IllegalArgumentException(
              "unknown class weights " + classWeights + ", expected one of none, balanced");
    };
  }
}
