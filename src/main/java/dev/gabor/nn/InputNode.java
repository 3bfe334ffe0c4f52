package dev.gabor.nn;

import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.Map;

/** Where samples enter a network. */
final class InputNode extends Node {
  InputNode(String name, Shape shape) {
    super(name, List.of(), shape);
  }

  @Override
  public String operator() {
    return "input";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of();
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> x, Value y) {
    throw new IllegalStateException("an input is written by the host, not by an operation");
  }
}
