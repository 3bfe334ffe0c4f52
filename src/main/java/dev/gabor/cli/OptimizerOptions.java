package dev.gabor.cli;

import dev.gabor.optim.Optimizer;
import dev.gabor.optim.ParameterGroup;
import dev.gabor.optim.Schedule;
import dev.gabor.train.Trainer;
import java.util.List;
import picocli.CommandLine.Option;

/** How parameters follow their gradients. */
final class OptimizerOptions {
  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      defaultValue = "adam",
      description =
          "sgd, momentum, nesterov, rmsprop, adam, adamw, adagrad, adadelta, lion or lars; default"
              + " ${DEFAULT-VALUE}.")
  private String optimizer;

  @Option(
      names = "--lr",
      paramLabel = "X",
      description =
          "The learning rate at first; default 0.05 for sgd, 0.01 for momentum, nesterov and adagrad,"
              + " 1 for adadelta and lars, 0.0003 for lion, else 0.001.")
  private Double learningRate;

  @Option(
      names = "--schedule",
      paramLabel = "NAME[:KEY=X,...]",
      defaultValue = "cosine",
      description = {
        "The learning rate over the run: constant, step:size=30,gamma=0.1,"
            + " multistep:milestones=30+60,gamma=0.1, exponential:gamma=0.95, cosine:min=0,"
            + " onecycle:start=0.3,div=25,final=10000,"
            + " plateau:factor=0.1,patience=10,threshold=0.0001,cooldown=0,min=0; sizes, milestones"
            + " and patience in epochs.",
        "Each takes warmup=X, the share of the run that rises from 0: 0.05 for cosine, else 0."
            + " Default ${DEFAULT-VALUE}."
      })
  private String schedule;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      description =
          "L2 penalty, for adamw and lion decoupled; biases and normalisation are left out; default 0,"
              + " for adamw 0.01.")
  private Double weightDecay;

  @Option(names = "--decay-all", description = "Let biases and normalisation decay too.")
  private boolean decayAll;

  @Option(
      names = "--clip-norm",
      paramLabel = "X",
      description = "The largest norm of all gradients together; default: no limit.")
  private Double clipNorm;

  @Option(
      names = "--group",
      paramLabel = "PATTERN:lr=X,decay=X",
      description =
          "Parameters by name, * for any text, with a factor of the learning rate and a weight decay"
              + " of their own; may be given several times.")
  private List<String> groups = List.of();

  @Option(
      names = "--accumulate",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Update after N batches by the mean of their gradients; default ${DEFAULT-VALUE}.")
  private int accumulate;

  @Option(
      names = "--ema",
      paramLabel = "DECAY",
      description =
          "Evaluate and save an exponential moving average of the weights, for example 0.999;"
              + " default: the last weights.")
  private Double average;

  /** The learning rate over the run. */
  Schedule schedule() {
    return Schedule.parse(schedule, rate());
  }

  private double rate() {
    return learningRate != null
        ? learningRate
        : switch (optimizer) {
          case "sgd" -> 0.05;
          case "momentum", "nesterov", "adagrad" -> 0.01;
          case "adadelta", "lars" -> 1;
          case "lion" -> 3e-4;
          default -> 0.001;
        };
  }

  /** The optimizer with its settings. */
  Optimizer rule() {
    Optimizer rule = Optimizer.byName(optimizer, rate()).decayAll(decayAll);
    if (weightDecay != null) {
      rule =
          optimizer.equals("adamw") || optimizer.equals("lion")
              ? rule.decoupledWeightDecay(weightDecay)
              : rule.weightDecay(weightDecay);
    }
    if (clipNorm != null) {
      rule = rule.clipNorm(clipNorm);
    }
    for (String group : groups) {
      rule = rule.group(ParameterGroup.parse(group));
    }
    return rule;
  }

  /** A trainer with what is done around the updates. */
  Trainer apply(Trainer trainer) {
    Trainer accumulating = trainer.accumulate(accumulate);
    return average == null ? accumulating : accumulating.averageWeights(average);
  }
}
