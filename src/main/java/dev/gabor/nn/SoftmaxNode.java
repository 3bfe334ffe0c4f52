package dev.gabor.nn;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.SoftmaxOps;
import dev.gabor.backend.Step;
import dev.gabor.nn.plan.Value;
import java.util.List;
import java.util.Map;

/** Softmax over the features, or its logarithm. */
final class SoftmaxNode extends Node {
  private final boolean logarithm;

  SoftmaxNode(String name, Node input, boolean logarithm) {
    super(name, List.of(input), input.shape());
    this.logarithm = logarithm;
    if (input.shape().rank() != 1) {
      throw new IllegalArgumentException(
          "layer "
              + name
              + ": softmax of "
              + input.name()
              + input.shape()
              + ", expected (features): flatten or pool first");
    }
  }

  static Node read(String name, List<Node> inputs, Settings settings) {
    return new SoftmaxNode(name, inputs.get(0), false);
  }

  static Node readLogarithm(String name, List<Node> inputs, Settings settings) {
    return new SoftmaxNode(name, inputs.get(0), true);
  }

  @Override
  public String operator() {
    return logarithm ? "log_softmax" : "softmax";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of();
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> inputs, Value y) {
    Value x = inputs.get(0);
    SoftmaxOps ops = recorder.backend().softmax();
    recorder.addInPlace(
        operator() + " forward",
        List.of(x),
        List.of(y),
        slots -> forward(ops, slots.of(x), slots.of(y)));
    return dy ->
        recorder.contribute(
            x,
            dx ->
                recorder.addInPlace(
                    operator() + " backward",
                    List.of(dy, y),
                    List.of(dx),
                    slots -> backward(ops, slots.of(y), slots.of(dy), slots.of(dx))));
  }

  private Step forward(SoftmaxOps ops, DeviceTensor x, DeviceTensor y) {
    return logarithm ? ops.logForward(x, y) : ops.forward(x, y);
  }

  private Step backward(SoftmaxOps ops, DeviceTensor y, DeviceTensor dy, DeviceTensor dx) {
    return logarithm ? ops.logBackward(y, dy, dx) : ops.backward(y, dy, dx);
  }
}
