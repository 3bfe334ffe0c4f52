package dev.gabor.nn;

import dev.gabor.backend.RearrangeOps;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.Map;

/** The channels of several nodes, one after the other. */
final class ConcatNode extends Node {
  ConcatNode(String name, List<Node> inputs) {
    super(name, inputs, outputShape(name, inputs));
  }

  static Node read(String name, List<Node> inputs, Settings settings) {
    return new ConcatNode(name, inputs);
  }

  @Override
  public String operator() {
    return "concat";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of();
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> inputs, Value y) {
    RearrangeOps ops = recorder.backend().rearrange();
    int first = 0;
    for (Value x : inputs) {
      int start = first;
      recorder.add(
          "concat forward",
          List.of(x),
          List.of(y),
          slots -> ops.putChannels(slots.of(x), slots.of(y), start));
      first += x.shape().length(1);
    }
    return dy -> recordGradient(recorder, inputs, dy);
  }

  private static void recordGradient(Recorder recorder, List<Value> inputs, Value dy) {
    RearrangeOps ops = recorder.backend().rearrange();
    int first = 0;
    for (Value x : inputs) {
      int start = first;
      recorder.contribute(
          x,
          dx ->
              recorder.add(
                  "concat backward",
                  List.of(dy),
                  List.of(dx),
                  slots -> ops.takeChannels(slots.of(dy), slots.of(dx), start)));
      first += x.shape().length(1);
    }
  }

  private static Shape outputShape(String name, List<Node> inputs) {
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException("layer " + name + " concatenates nothing");
    }
    Node first = inputs.get(0);
    int[] expected = first.shape().toArray();
    int channels = 0;
    for (Node input : inputs) {
      int[] lengths = input.shape().toArray();
      channels += lengths[0];
      lengths[0] = first.shape().length(0);
      if (!Shape.of(lengths).equals(first.shape())) {
        throw new IllegalArgumentException(
            "layer %s concatenates %s%s and %s%s: only the channels may differ"
                .formatted(name, first.name(), first.shape(), input.name(), input.shape()));
      }
    }
    expected[0] = channels;
    return Shape.of(expected);
  }
}
