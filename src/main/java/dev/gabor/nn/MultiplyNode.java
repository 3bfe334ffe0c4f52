package dev.gabor.nn;

import dev.gabor.nn.plan.Value;
import java.util.List;
import java.util.Map;

/** The product of two nodes of one shape, element by element: a gate. */
final class MultiplyNode extends Node {
  MultiplyNode(String name, Node first, Node second) {
    super(name, List.of(first, second), first.shape());
    if (!first.shape().equals(second.shape())) {
      throw new IllegalArgumentException(
          "layer %s multiplies %s%s and %s%s: the shapes must be equal"
              .formatted(name, first.name(), first.shape(), second.name(), second.shape()));
    }
  }

  static Node read(String name, List<Node> inputs, Settings settings) {
    return new MultiplyNode(name, inputs.get(0), inputs.get(1));
  }

  @Override
  public String operator() {
    return "multiply";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of();
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> inputs, Value y) {
    Value a = inputs.get(0);
    Value b = inputs.get(1);
    multiply(recorder, "multiply", a, b, y);
    return dy -> {
      recorder.contribute(a, da -> multiply(recorder, "multiply backward", dy, b, da));
      recorder.contribute(b, db -> multiply(recorder, "multiply backward", dy, a, db));
    };
  }

  private static void multiply(
      Recorder recorder, String name, Value first, Value second, Value product) {
    recorder.addInPlace(
        name,
        List.of(first, second),
        List.of(product),
        slots ->
            recorder
                .backend()
                .elementwise()
                .multiply(slots.of(first), slots.of(second), slots.of(product)));
  }
}
