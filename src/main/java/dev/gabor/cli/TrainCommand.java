package dev.gabor.cli;

import dev.gabor.backend.Backend;
import dev.gabor.data.DataSource;
import dev.gabor.data.Dataset;
import dev.gabor.data.DatasetPair;
import dev.gabor.data.Normalization;
import dev.gabor.nn.Network;
import dev.gabor.nn.Summary;
import dev.gabor.optim.Optimizer;
import dev.gabor.optim.Schedule;
import dev.gabor.train.Checkpoints;
import dev.gabor.train.Evaluation;
import dev.gabor.train.Evaluator;
import dev.gabor.train.Trainer;
import dev.gabor.train.TrainingResult;
import java.io.PrintWriter;
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
  @Spec private CommandSpec spec;
  @Mixin private DataOption data;
  @Mixin private LearningDataOption learning;
  @Mixin private DeviceOption device;
  @Mixin private OptimizerOptions optimization;
  @Mixin private CheckpointOptions files;
  @Mixin private StoppingOptions stopping;
  @Mixin private ProfileOption profile;

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
      names = "--recompute",
      description =
          "Keep some activations only and compute the rest again: less memory, more time, the same"
              + " bits.")
  private boolean recompute;

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
      names = "--json",
      paramLabel = "FILE",
      description = "Write one JSON line an epoch and one result; - is standard output.")
  private String json;

  @Override
  public void run() {
    Optimizer rule = optimization.rule();
    Schedule rates = optimization.schedule();
    Optional<Checkpoints> checkpoints = files.checkpoints();
    Normalization.Kind normalization = normalization();
    DataSource source = data.open();
    DatasetPair parts = learning.split(source, seed);
    Dataset test = source.test();
    // Known now, and not when the training is done; what is trained on is read anyway.
    parts.second().verify();
    test.verify();
    Network network = ModelChoice.network(model, parts.first());
    PrintWriter err = spec.commandLine().getErr();
    Optional<AtomicFile> trace = profile.open();
    try (Backend backend = device.open(err, profile.isGiven());
        RunReport report =
            new RunReport(Optional.ofNullable(json), files.folder(), spec.commandLine().getOut());
        Progress progress = new Progress(err)) {
      source.remarks().forEach(err::println);
      describe(data.title(source), network, parts, err);
      Trainer trainer =
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
              .listener(report);
      Trainer sized = recompute ? trainer.recompute() : trainer;
      Trainer augmented = learning.applied(data.pictures().noted(sized), parts.first());
      Trainer followed = checkpoints.map(augmented::checkpoints).orElse(augmented);
      TrainingResult result =
          profile.apply(optimization.apply(stopping.apply(followed))).fit(parts.first());
      trace.ifPresent(file -> profile.write(file, err));
      Evaluation evaluation = evaluate(result, backend, test);
      report.end(result, evaluation);
      if (!report.takesStandardOutput()) {
        print(result, evaluation);
      }
    } finally {
      trace.ifPresent(AtomicFile::close);
    }
  }

  private void describe(String title, Network network, DatasetPair parts, PrintWriter err) {
    err.printf(
        "data: %s, %d images %s to train on, %d to validate, %d classes%n",
        title,
        parts.first().size(),
        parts.first().shape(),
        parts.second().size(),
        parts.first().classes());
    Summary summary = Summary.of(network, batch);
    err.println("model: " + model + ", " + summary.totals());
    err.flush();
  }

  private Evaluation evaluate(TrainingResult result, Backend backend, Dataset test) {
    try (Evaluator evaluator = Evaluator.of(result.model(), backend, batch)) {
      return evaluator.evaluate(test, result.model().normalization());
    }
  }

  private void print(TrainingResult result, Evaluation evaluation) {
    if (result.ending() == TrainingResult.Ending.NO_IMPROVEMENT) {
      spec.commandLine()
          .getErr()
          .printf(
              "ended after epoch %d, as nothing improved; the model is that of the best epoch%n",
              result.epochs().size());
    }
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
