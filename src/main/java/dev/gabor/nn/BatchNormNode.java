package dev.gabor.nn;

import dev.gabor.backend.BatchNorm;
import dev.gabor.backend.BatchNormOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.nn.plan.Slots;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Batch normalisation of images or features, by channel. */
final class BatchNormNode extends Node {
  private final float epsilon;
  private final float momentum;
  private final Parameter weight;
  private final Parameter bias;
  private final Parameter runningMean;
  private final Parameter runningVariance;

  BatchNormNode(String name, Node input, float epsilon, float momentum) {
    super(name, List.of(input), input.shape());
    this.epsilon = epsilon;
    this.momentum = momentum;
    problem(1);
    this.weight = parameter("weight", Initializer.ONES, Parameter.Kind.UNDECAYED);
    this.bias = parameter("bias", Initializer.ZEROS, Parameter.Kind.UNDECAYED);
    this.runningMean = parameter("running_mean", Initializer.ZEROS, Parameter.Kind.STATISTIC);
    this.runningVariance = parameter("running_var", Initializer.ONES, Parameter.Kind.STATISTIC);
  }

  static Node read(String name, List<Node> inputs, Settings settings) {
    return new BatchNormNode(
        name,
        inputs.get(0),
        settings.number("epsilon", BatchNorm.EPSILON),
        settings.number("momentum", BatchNorm.MOMENTUM));
  }

  @Override
  public String operator() {
    return "batch_norm";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of("epsilon", epsilon, "momentum", momentum);
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(weight, bias, runningMean, runningVariance);
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> inputs, Value y) {
    Value x = inputs.get(0);
    if (recorder.training()) {
      return training(recorder, x, y);
    }
    Value gamma = recorder.parameter(weight);
    Value beta = recorder.parameter(bias);
    Value mean = recorder.parameter(runningMean);
    Value variance = recorder.parameter(runningVariance);
    recorder.addInPlace(
        "batch-norm forward",
        List.of(x, gamma, beta, mean, variance),
        List.of(y),
        slots ->
            ops(recorder)
                .forwardInfer(
                    problem(recorder.batch()),
                    slots.of(x),
                    DeviceTensor.NONE,
                    slots.of(gamma),
                    slots.of(beta),
                    slots.of(mean),
                    slots.of(variance),
                    slots.of(y)));
    return dy -> {};
  }

  private Gradient training(Recorder recorder, Value x, Value y) {
    BatchNorm problem = problem(recorder.batch());
    Value gamma = recorder.parameter(weight);
    Value beta = recorder.parameter(bias);
    Value mean = recorder.parameter(runningMean);
    Value variance = recorder.parameter(runningVariance);
    Value saved = recorder.value("saved", Shape.of(2, problem.c()), Layout.PLAIN);
    List<Value> workspace = recorder.workspace(ops(recorder).workspaceBytes(problem));
    List<Value> writes = new ArrayList<>(List.of(y, saved, mean, variance));
    writes.addAll(workspace);
    recorder.add(
        "batch-norm forward",
        List.of(x, gamma, beta, mean, variance),
        writes,
        slots ->
            ops(recorder)
                .forwardTrain(
                    problem,
                    slots.of(x),
                    DeviceTensor.NONE,
                    slots.of(gamma),
                    slots.of(beta),
                    slots.of(mean),
                    slots.of(variance),
                    slots.of(y),
                    slots.of(saved),
                    first(slots, workspace)));
    return dy -> backward(recorder, x, gamma, saved, dy);
  }

  private void backward(Recorder recorder, Value x, Value gamma, Value saved, Value dy) {
    if (recorder.wantsGradient(x)) {
      recorder.contribute(x, dx -> backward(recorder, x, gamma, saved, dy, Optional.of(dx)));
    } else {
      backward(recorder, x, gamma, saved, dy, Optional.empty());
    }
  }

  private void backward(
      Recorder recorder, Value x, Value gamma, Value saved, Value dy, Optional<Value> dx) {
    BatchNorm problem = problem(recorder.batch());
    Value dgamma = gradient(recorder, weight);
    Value dbeta = gradient(recorder, bias);
    List<Value> workspace = recorder.workspace(ops(recorder).workspaceBytes(problem));
    List<Value> writes = new ArrayList<>();
    dx.ifPresent(writes::add);
    writes.addAll(List.of(dgamma, dbeta));
    writes.addAll(workspace);
    recorder.addInPlace(
        "batch-norm backward",
        List.of(dy, x, gamma, saved),
        writes,
        slots ->
            ops(recorder)
                .backward(
                    problem,
                    slots.of(x),
                    DeviceTensor.NONE,
                    slots.of(gamma),
                    slots.of(dy),
                    slots.of(saved),
                    dx.map(slots::of).orElse(DeviceTensor.NONE),
                    DeviceTensor.NONE,
                    slots.of(dgamma),
                    slots.of(dbeta),
                    first(slots, workspace)));
  }

  /** A frozen parameter's gradient is still computed, because dx needs it, but goes nowhere. */
  private Value gradient(Recorder recorder, Parameter parameter) {
    return recorder.trains(parameter)
        ? recorder.gradient(parameter)
        : recorder.value("gradient of " + parameter.name(), parameter.shape(), Layout.PLAIN);
  }

  private static DeviceTensor first(Slots slots, List<Value> workspace) {
    return workspace.isEmpty() ? DeviceTensor.NONE : slots.of(workspace.get(0));
  }

  private static BatchNormOps ops(Recorder recorder) {
    return recorder.backend().batchNorm();
  }

  private BatchNorm problem(int batch) {
    int area = shape().rank() == 3 ? shape().length(1) * shape().length(2) : 1;
    return new BatchNorm(batch, shape().length(0), area, epsilon, momentum, false, false);
  }

  private Parameter parameter(String what, Initializer initializer, Parameter.Kind kind) {
    return new Parameter(
        name() + "." + what, Shape.of(shape().length(0)), Layout.PLAIN, initializer, kind);
  }
}
