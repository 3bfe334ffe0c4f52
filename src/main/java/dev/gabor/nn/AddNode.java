package dev.gabor.nn;

import dev.gabor.nn.plan.Value;
import java.util.List;
import java.util.Map;

/** The sum of two nodes of one shape: the end of a residual block. */
final class AddNode extends Node {
  AddNode(String name, Node first, Node second) {
    super(name, List.of(first, second), first.shape());
    if (!first.shape().equals(second.shape())) {
      throw new IllegalArgumentException(
          "layer "
              + name
              + " adds "
              + first.name()
              + first.shape()
              + " and "
              + second.name()
              + second.shape()
              + ": the shapes must be equal");
    }
  }

  static Node read(String name, List<Node> inputs, Settings settings) {
    return new AddNode(name, inputs.get(0), inputs.get(1));
  }

  @Override
  public String operator() {
    return "add";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of();
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> inputs, Value y) {
    Value a = inputs.get(0);
    Value b = inputs.get(1);
    recorder.addInPlace(
        "add",
        List.of(a, b),
        List.of(y),
        slots -> recorder.backend().elementwise().add(slots.of(a), slots.of(b), slots.of(y)));
    return dy -> {
      recorder.pass(a, dy);
      recorder.pass(b, dy);
    };
  }
}
