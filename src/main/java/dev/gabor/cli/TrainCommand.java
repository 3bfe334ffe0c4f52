package dev.gabor.cli;

import dev.gabor.backend.Backend;
import dev.gabor.backend.BackendOptions;
import dev.gabor.data.DataSource;
import dev.gabor.data.Dataset;
import dev.gabor.data.DatasetPair;
import dev.gabor.data.Normalization;
import dev.gabor.nn.Network;
import dev.gabor.nn.Summary;
import dev.gabor.optim.Optimizer;
import dev.gabor.optim.Schedule;
import dev.gabor.train.AlgorithmChoices;
import dev.gabor.train.Checkpoints;
import dev.gabor.train.Evaluation;
import dev.gabor.train.Evaluator;
import dev.gabor.train.Model;
import dev.gabor.train.Trainer;
import dev.gabor.train.TrainingResult;
import dev.gabor.train.Weights;
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
  @Mixin private WorkspaceOption workspace;
  @Mixin private TuneOption tuning;
  @Mixin private OptimizerOptions optimization;
  @Mixin private CheckpointOptions files;
  @Mixin private StoppingOptions stopping;
  @Mixin private ProfileOption profile;
  @Mixin private TransferOptions transfer;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description =
          "lenet, vgg, vgg11, vgg13, vgg16, vgg19, resnet18, resnet34, resnet50, mobilenet,"
              + " mobilenet_v1, mobilenet_v2, squeezenet, densenet121, or a file that describes a"
              + " network in JSON; default lenet, or the network of --weights.")
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
      description =
          "Input normalisation: none, range: (x - mean)/(max - min), or standard: (x - mean)/std;"
              + " default standard, or that of --weights.")
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
    tuning.check();
    Optimizer rule = optimization.rule();
    Schedule rates = optimization.schedule();
    check(rule, rates);
    Optional<Weights> weights = transfer.weights();
    Optional<Model> before = model == null ? weights.map(transfer::model) : Optional.empty();
    DataSource source =
        before.map(m -> data.open(data.pictures().options(m))).orElseGet(() -> data.open());
    // What is wrong until here is said without asking a driver; the data are read meanwhile.
    device.chooseSoon();
    try {
      train(rule, rates, weights, before, source);
    } finally {
      device.await();
    }
  }

  /** Refuses options that no run takes, whatever its data are. */
  private void check(Optimizer rule, Schedule rates) {
    files.checkpoints();
    normalization();
    learning.check();
    if (model != null) {
      ModelChoice.check(model);
    }
    // A trainer of next to nothing refuses what every trainer does.
    Trainer any =
        Trainer.of(Network.input(1).dense(1).build())
            .optimizer(rule)
            .schedule(rates)
            .batch(batch)
            .epochs(epochs);
    optimization.apply(stopping.apply(any));
  }

  private void train(
      Optimizer rule,
      Schedule rates,
      Optional<Weights> weights,
      Optional<Model> before,
      DataSource source) {
    Optional<Checkpoints> checkpoints = files.checkpoints();
    Normalization.Kind normalization = normalization();
    DatasetPair parts = learning.split(source, seed);
    Dataset test = source.test();
    // Known now, and not when the training is done; what is trained on is read anyway.
    parts.second().verify();
    test.verify();
    String name = Optional.ofNullable(model).orElse(ModelChoice.DEFAULT);
    Network network =
        before
            .map(m -> transfer.network(m, parts.first()))
            .orElseGet(() -> ModelChoice.network(name, parts.first()));
    PrintWriter err = spec.commandLine().getErr();
    Optional<AtomicFile> trace = profile.open();
    tuning.run(device, workspace, network, batch, err);
    BackendOptions options =
        workspace.apply(BackendOptions.STANDARD).withProfiling(profile.isGiven());
    try (Backend backend = device.open(err, options);
        RunReport report =
            new RunReport(Optional.ofNullable(json), files.folder(), spec.commandLine().getOut());
        Progress progress = new Progress(err)) {
      source.remarks().forEach(err::println);
      describe(data.title(source), before.isPresent() ? "of --weights" : name, network, parts, err);
      AlgorithmChoices.of(network, backend, batch)
          .filter(AlgorithmChoices::areNotOnlyHeuristic)
          .ifPresent(choices -> err.println("convolutions: " + choices));
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
      Trainer fitted = normalize == null ? transfer.normalized(sized, weights, network) : sized;
      Trainer begun = transfer.apply(fitted, weights, network, parts.first(), err);
      Trainer augmented = learning.applied(data.pictures().noted(begun, before), parts.first());
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

  private void describe(
      String title, String name, Network network, DatasetPair parts, PrintWriter err) {
    err.printf(
        "data: %s, %d images %s to train on, %d to validate, %d classes%n",
        title,
        parts.first().size(),
        parts.first().shape(),
        parts.second().size(),
        parts.first().classes());
    Summary summary = Summary.of(network, batch);
    err.println("model: " + name + ", " + summary.totals());
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
    if (normalize == null) {
      return Normalization.Kind.STANDARD;
    }
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
