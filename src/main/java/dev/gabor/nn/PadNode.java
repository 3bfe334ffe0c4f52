package dev.gabor.nn;

import dev.gabor.backend.Padding;
import dev.gabor.backend.RearrangeOps;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Borders around images. */
final class PadNode extends Node {
  private final Padding padding;

  PadNode(String name, Node input, Padding padding) {
    super(name, List.of(input), outputShape(name, input, padding));
    this.padding = padding;
  }

  static Node read(String name, List<Node> inputs, Settings settings) {
    Padding padding =
        new Padding(
            settings.choice("mode", Padding.Mode.class),
            settings.number("value", 0),
            settings.integer("top", 0),
            settings.integer("bottom", 0),
            settings.integer("left", 0),
            settings.integer("right", 0));
    return new PadNode(name, inputs.get(0), padding);
  }

  @Override
  public String operator() {
    return "pad";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of(
        "mode", padding.mode().name().toLowerCase(Locale.ROOT),
        "value", padding.value(),
        "top", padding.top(),
        "bottom", padding.bottom(),
        "left", padding.left(),
        "right", padding.right());
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> inputs, Value y) {
    Value x = inputs.get(0);
    RearrangeOps ops = recorder.backend().rearrange();
    recorder.add(
        "pad forward", List.of(x), List.of(y), slots -> ops.pad(padding, slots.of(x), slots.of(y)));
    return dy ->
        recorder.contribute(
            x,
            dx ->
                recorder.add(
                    "pad backward",
                    List.of(dy),
                    List.of(dx),
                    slots -> ops.padBackward(padding, slots.of(dy), slots.of(dx))));
  }

  private static Shape outputShape(String name, Node input, Padding padding) {
    Shape shape = Nodes.image(name, "pad", input);
    return Nodes.fitting(name, () -> padding.outputShape(shape));
  }
}
