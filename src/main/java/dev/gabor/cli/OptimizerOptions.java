package dev.gabor.cli;

import dev.gabor.optim.Optimizer;
import dev.gabor.optim.Schedule;
import picocli.CommandLine.Option;

/** How parameters follow their gradients. */
final class OptimizerOptions {
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
          "L2 penalty, for adamw decoupled; biases and batch-norm are left out; default 0, for"
              + " adamw 0.01.")
  private Double weightDecay;

  /** The learning rate over the run. */
  Schedule schedule() {
    return Schedule.parse(schedule, rate());
  }

  private double rate() {
    return learningRate != null
        ? learningRate
        : switch (optimizer) {
          case "sgd" -> 0.05;
          case "momentum", "nesterov" -> 0.01;
          default -> 0.001;
        };
  }

  /** The optimizer with its settings. */
  Optimizer rule() {
    Optimizer rule = Optimizer.byName(optimizer, rate());
    if (weightDecay == null) {
      return rule;
    }
    return optimizer.equals("adamw")
        ? rule.decoupledWeightDecay(weightDecay)
        : rule.weightDecay(weightDecay);
  }
}
