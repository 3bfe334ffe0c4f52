package dev.gabor.nn;

import dev.gabor.backend.DropoutOps;
import dev.gabor.nn.plan.Value;
import java.util.List;
import java.util.Map;

/** Dropout of elements or of whole channels; at inference its output is its input. */
final class DropoutNode extends Node {
  private final float p;
  private final boolean channels;

  DropoutNode(String name, Node input, float p, boolean channels) {
    super(name, List.of(input), input.shape());
    DropoutOps.checkProbability("layer " + name, p);
    this.p = p;
    this.channels = channels;
  }

  static Node read(String name, List<Node> inputs, Settings settings) {
    return new DropoutNode(
        name, inputs.get(0), settings.number("p", 0.5f), settings.flag("channels", false));
  }

  @Override
  public String operator() {
    return "dropout";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of("p", p, "channels", channels);
  }

  @Override
  public boolean isIdentity(boolean training) {
    return !training || p == 0;
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> inputs, Value y) {
    Value x = inputs.get(0);
    int layer = recorder.layerIndex();
    recorder.addInPlace(
        "dropout forward",
        List.of(x),
        List.of(y),
        slots ->
            recorder
                .backend()
                .dropout()
                .forward(recorder.random(), layer, p, channels, slots.of(x), slots.of(y)));
    return dy ->
        recorder.contribute(
            x,
            dx ->
                recorder.addInPlace(
                    "dropout backward",
                    List.of(dy),
                    List.of(dx),
                    slots ->
                        recorder
                            .backend()
                            .dropout()
                            .backward(
                                recorder.random(),
                                layer,
                                p,
                                channels,
                                slots.of(dy),
                                slots.of(dx))));
  }
}
