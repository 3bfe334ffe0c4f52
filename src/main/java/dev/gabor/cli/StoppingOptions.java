package dev.gabor.cli;

import dev.gabor.train.EarlyStopping;
import dev.gabor.train.Monitor;
import dev.gabor.train.Trainer;
import picocli.CommandLine.Option;

/** When a run ends before its last epoch. */
final class StoppingOptions {
  @Option(
      names = "--early-stopping",
      paramLabel = "N",
      description =
          "End after N epochs without improvement, with the model of the best epoch; default: never.")
  private Integer patience;

  @Option(
      names = "--monitor",
      paramLabel = "NUMBER",
      defaultValue = "loss",
      description =
          "What improves and says which epoch is best: loss or accuracy, of validation; default"
              + " ${DEFAULT-VALUE}.")
  private String monitor;

  Trainer apply(Trainer trainer) {
    Trainer monitored =
        trainer.monitor(
            switch (monitor) {
              case "loss" -> Monitor.LOSS;
              case "accuracy" -> Monitor.ACCURACY;
              default ->
                  throw new IllegalArgumentException(
                      "unknown monitor " + monitor + ", expected one of loss, accuracy");
            });
    return patience == null ? monitored : monitored.earlyStopping(EarlyStopping.patience(patience));
  }
}
