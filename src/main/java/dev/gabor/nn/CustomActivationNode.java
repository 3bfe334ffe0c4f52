package dev.gabor.nn;

import dev.gabor.backend.CustomActivation;
import dev.gabor.nn.plan.Value;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/** An element-wise function from user code. */
final class CustomActivationNode extends Node {
  private final CustomActivation function;

  CustomActivationNode(String name, Node input, CustomActivation function) {
    super(name, List.of(input), input.shape());
    this.function = function;
    if (!function.name().matches("[a-z][a-z0-9_]*")) {
      throw new IllegalArgumentException(
          "layer %s: a custom activation named \"%s\", expected lower-case letters, digits, _"
              .formatted(name, function.name()));
    }
  }

  /** Finds the function among the services of the class path. */
  static Node read(String name, List<Node> inputs, Settings settings) {
    String wanted = settings.text("function");
    CustomActivation function =
        ServiceLoader.load(CustomActivation.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(found -> found.name().equals(wanted))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "layer %s: custom activation %s: no service %s of this name"
                            .formatted(name, wanted, CustomActivation.class.getName())));
    return new CustomActivationNode(name, inputs.get(0), function);
  }

  @Override
  public String operator() {
    return "custom_activation";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of("function", function.name());
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> inputs, Value y) {
    Value x = inputs.get(0);
    recorder.add(
        function.name() + " forward",
        List.of(x),
        List.of(y),
        slots -> recorder.backend().activation().forward(function, slots.of(x), slots.of(y)));
    return dy ->
        recorder.contribute(
            x,
            dx ->
                recorder.addInPlace(
                    function.name() + " backward",
                    List.of(dy, x),
                    List.of(dx),
                    slots ->
                        recorder
                            .backend()
                            .activation()
                            .backward(function, slots.of(x), slots.of(dy), slots.of(dx))));
  }
}
