package dev.gabor.nn;

import dev.gabor.backend.Activation;
import dev.gabor.nn.plan.Value;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** An element-wise activation. */
final class ActivationNode extends Node {
  private final Activation activation;

  ActivationNode(String name, Node input, Activation activation) {
    super(name, List.of(input), input.shape());
    this.activation = activation;
  }

  static Node read(String name, List<Node> inputs, Settings settings) {
    Activation.Kind kind = settings.choice("function", Activation.Kind.class);
    return new ActivationNode(
        name, inputs.get(0), new Activation(kind, settings.number("alpha", 0)));
  }

  Activation activation() {
    return activation;
  }

  @Override
  public String operator() {
    return "activation";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of(
        "function", activation.kind().name().toLowerCase(Locale.ROOT), "alpha", activation.alpha());
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> inputs, Value y) {
    Value x = inputs.get(0);
    recorder.addInPlace(
        "activation forward",
        List.of(x),
        List.of(y),
        slots -> recorder.backend().activation().forward(activation, slots.of(x), slots.of(y)));
    Value saved = activation.backwardReads() == Activation.Reads.OUTPUT ? y : x;
    return dy ->
        recorder.contribute(
            x,
            dx ->
                recorder.addInPlace(
                    "activation backward",
                    List.of(dy, saved),
                    List.of(dx),
                    slots ->
                        recorder
                            .backend()
                            .activation()
                            .backward(activation, slots.of(saved), slots.of(dy), slots.of(dx))));
  }
}
