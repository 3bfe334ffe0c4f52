package dev.gabor.nn;

import dev.gabor.backend.RearrangeOps;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.Map;

/** Images (C,H,W) as features (C·H·W). */
final class FlattenNode extends Node {
  FlattenNode(String name, Node input) {
    super(name, List.of(input), Shape.of(Nodes.image(name, "flatten", input).arrayLength()));
  }

  static Node read(String name, List<Node> inputs, Settings settings) {
    return new FlattenNode(name, inputs.get(0));
  }

  @Override
  public String operator() {
    return "flatten";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of();
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> inputs, Value y) {
    Value x = inputs.get(0);
    RearrangeOps ops = recorder.backend().rearrange();
    recorder.add(
        "flatten forward", List.of(x), List.of(y), slots -> ops.flatten(slots.of(x), slots.of(y)));
    return dy ->
        recorder.contribute(
            x,
            dx ->
                recorder.add(
                    "flatten backward",
                    List.of(dy),
                    List.of(dx),
                    slots -> ops.unflatten(slots.of(dy), slots.of(dx))));
  }
}
