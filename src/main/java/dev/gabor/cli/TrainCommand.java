package dev.gabor.cli;

import dev.gabor.backend.Backend;
import dev.gabor.data.Dataset;
import dev.gabor.data.DatasetPair;
import dev.gabor.data.Normalization;
import dev.gabor.nn.Network;
import dev.gabor.nn.Summary;
import dev.gabor.optim.Optimizer;
import dev.gabor.optim.Schedule;
import dev.gabor.train.Evaluation;
import dev.gabor.train.Evaluator;
import dev.gabor.train.Trainer;
import dev.gabor.train.TrainingResult;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a model and judges it on the test set. */
@Command(
    name = "train",
    description = "Trains a model; without options lenet on the embedded stroke digits.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class TrainCommand implements Runnable {
  /** The share of the training set that is trained on; the rest validates each epoch. */
  private static final double TRAINED = 0.95;

  @Spec private CommandSpec spec;
  @Mixin private DataOption data;
  @Mixin private DeviceOption device;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      defaultValue = "lenet",
      description =
          "lenet, vgg, resnet18, mobilenet, or a file that describes a network in JSON;"
              + " default ${DEFAULT-VALUE}.")
  private String model;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "6",
      description = "Default ${DEFAULT-VALUE}.")
  private int epochs;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Images in a step; default ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      defaultValue = "adam",
      description = "sgd, momentum, nesterov, rmsprop, adam or adamw; default ${DEFAULT-VALUE}.")
  private String optimizer;

  @Option(
      names = "--lr",
      paramLabel = "X",
      description =
          "The learning rate at first; default 0.05 for sgd, 0.01 for momentum and nesterov, else 0.001.")
  private Double learningRate;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      defaultValue = "cosine",
      description =
          "The learning rate over the run: constant, or cosine, rising over the first 5 %% of the steps"
              + " and falling to 0; default"
              + " ${DEFAULT-VALUE}.")
  private String schedule;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      description =
          "L2 penalty, for adamw decoupled; biases and batch-norm are left out; default 0, for"
              + " adamw 0.01.")
  private Double weightDecay;

  @Option(
      names = "--normalize",
      paramLabel = "KIND",
      defaultValue = "standard",
      description =
          "Input normalisation: none, range: (x - mean)/(max - min), or standard: (x - mean)/std;"
              + " default ${DEFAULT-VALUE}.")
  private String normalize;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of weights, dropout and order; default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Save model.safetensors and run.json here.")
  private Path out;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write one JSON line an epoch and one result; - is standard output.")
  private String json;

  @Override
  public void run() {
    Optimizer rule = rule();
    Schedule rates = schedule(rule.learningRate());
    Normalization.Kind normalization = normalization();
    DatasetPair parts = data.training().stratifiedSplit(TRAINED, seed);
    Dataset test = data.test();
    Network network = ModelChoice.network(model, parts.first());
    PrintWriter err = spec.commandLine().getErr();
    try (Backend backend = device.open(err);
        RunReport report =
            new RunReport(
                Optional.ofNullable(json), Optional.ofNullable(out), spec.commandLine().getOut());
        Progress progress = new Progress(err)) {
      describe(network, parts, err);
      TrainingResult result =
          Trainer.of(network)
              .on(backend)
              .optimizer(rule)
              .schedule(rates)
              .batch(batch)
              .epochs(epochs)
              .seed(seed)
              .normalization(normalization)
              .validation(parts.second())
              .listener(progress)
              .listener(report)
              .fit(parts.first());
      Evaluation evaluation = evaluate(result, backend, test);
      report.end(result, evaluation);
      if (!report.takesStandardOutput()) {
        print(result, evaluation);
      }
    }
  }

  private void describe(Network network, DatasetPair parts, PrintWriter err) {
    err.printf(
        "data: %s, %d images %s to train on, %d to validate, %d classes%n",
        data.title(),
        parts.first().size(),
        parts.first().shape(),
        parts.second().size(),
        parts.first().classes());
    Summary summary = Summary.of(network, batch);
    err.println("model: " + model + ", " + summary.totals());
    summary.remarks().forEach(err::println);
    err.flush();
  }

  private Evaluation evaluate(TrainingResult result, Backend backend, Dataset test) {
    try (Evaluator evaluator = Evaluator.of(result.model(), backend, batch)) {
      return evaluator.evaluate(test, result.model().normalization());
    }
  }

  private void print(TrainingResult result, Evaluation evaluation) {
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "test accuracy %.4f, test loss %.4f, %.0f images/s, %.1f s on %s%n",
            evaluation.accuracy(),
            evaluation.loss(),
            result.imagesPerSecond(),
            result.seconds(),
            result.device());
  }

  private Optimizer rule() {
    double rate =
        learningRate != null
            ? learningRate
            : switch (optimizer) {
              case "sgd" -> 0.05;
              case "momentum", "nesterov" -> 0.01;
              default -> 0.001;
            };
    Optimizer rule = Optimizer.byName(optimizer, rate);
    if (weightDecay == null) {
      return rule;
    }
    return optimizer.equals("adamw")
        ? rule.decoupledWeightDecay(weightDecay)
        : rule.weightDecay(weightDecay);
  }

  private Schedule schedule(double rate) {
    return switch (schedule) {
      case "constant" -> Schedule.constant(rate);
      case "cosine" -> Schedule.cosine(rate).warmedUp(0.05);
      default ->
          throw new IllegalArgumentException(
              "unknown schedule " + schedule + ", expected one of constant, cosine");
    };
  }

  private Normalization.Kind normalization() {
    return Arrays.stream(Normalization.Kind.values())
        .filter(kind -> kind.key().equals(normalize))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown normalisation "
                        + normalize
                        + ", expected one of none, range, standard"));
  }
}
