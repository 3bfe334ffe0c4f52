package dev.gabor.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Padding;
import dev.gabor.backend.PoolWindow;
import dev.gabor.tensor.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class OperatorsTest {
  private static final Node IMAGE = new InputNode("x", Shape.of(2, 5, 5));

  @Test
  void everyNodeIsMadeAgainFromItsSettings() {
    Network network =
        Network.input(4, 9, 8)
            .activation(Activation.elu(0.5f))
            .pool(
                PoolWindow.of(PoolWindow.Kind.AVERAGE, 3, 2)
                    .stride(2, 1)
                    .pad(1, 1)
                    .ceilMode(true)
                    .countIncludePad(false))
            .pool(PoolWindow.of(PoolWindow.Kind.MAX, 2, 3).stride(1, 1))
            .pad(new Padding(Padding.Mode.REPLICATE, 0, 1, 2, 3, 4))
            .pad(new Padding(Padding.Mode.CONSTANT, -1.5f, 1, 0, 0, 0))
            .concat(UnaryOperator.identity(), b -> b.relu(), b -> b.gelu())
            .multiply(b -> b.sigmoid(), UnaryOperator.identity())
            .residual(b -> b.tanh())
            .globalMaxPool()
            .flatten()
            .build();
    assertThat(network.nodes()).hasSize(15);
    for (Node node : network.nodes().subList(1, network.nodes().size())) {
      Settings settings = new Settings(node.name(), node.settings());
      Node again = Operators.read(node.operator(), node.name(), node.inputs(), settings);
      assertThat(again).hasSameClassAs(node).hasToString(node.toString());
      assertThat(again.settings()).as(node.name()).isEqualTo(node.settings());
      assertThat(again.inputs()).isEqualTo(node.inputs());
    }
  }

  @Test
  void absentSettingsHavePyTorchsDefaults() {
    Node pool = read("pool", Map.of("kind", "max", "window_h", 3, "window_w", 2), IMAGE);
    assertThat(pool.settings())
        .isEqualTo(
            Map.of(
                "kind", "max",
                "window_h", 3,
                "window_w", 2,
                "stride_h", 3,
                "stride_w", 2,
                "pad_h", 0,
                "pad_w", 0,
                "ceil_mode", false,
                "count_include_pad", true));
    assertThat(pool.shape()).isEqualTo(Shape.of(2, 1, 2));
  }

  @Test
  void refusesUnknownOperatorsAndNumbersOfInputs() {
    assertThatThrownBy(() -> read("convolve", Map.of(), IMAGE))
        .hasMessageStartingWith("layer y: unknown operator convolve, expected one of [activation, ")
        .hasMessageContaining("global_pool");
    assertThatThrownBy(() -> read("add", Map.of(), IMAGE))
        .hasMessage("layer y (add): 1 inputs, expected 2");
    assertThatThrownBy(() -> read("flatten", Map.of(), IMAGE, IMAGE))
        .hasMessage("layer y (flatten): 2 inputs, expected 1");
    assertThatThrownBy(() -> read("concat", Map.of()))
        .hasMessage("layer y (concat): 0 inputs, expected at least 1");
    assertThat(read("concat", Map.of(), IMAGE, IMAGE, IMAGE).shape()).isEqualTo(Shape.of(6, 5, 5));
  }

  @Test
  void refusesSettingsThatAreMissingWrongOrUnknown() {
    refused("window_h", "3", "layer y: setting window_h is 3, expected a whole number");
    refused("window_h", 2.5, "layer y: setting window_h is 2.5, expected a whole number");
    refused("ceil_mode", 1, "layer y: setting ceil_mode is 1, expected true or false");
    refused("kind", "median", "layer y: setting kind is median, expected one of [max, average]");
    refused("strides", 2, "layer y: unknown setting strides");
    assertThatThrownBy(() -> read("pool", Map.of("kind", "max"), IMAGE))
        .hasMessage("layer y: setting window_h is missing");
    assertThatThrownBy(() -> read("pad", Map.of("mode", "reflect", "value", "0"), IMAGE))
        .hasMessage("layer y: setting value is 0, expected a number");
    assertThatThrownBy(() -> read("flatten", Map.of("axis", 1), IMAGE))
        .hasMessage("layer y: unknown setting axis");
  }

  @Test
  void wholeNumbersMayBeWrittenAsDecimals() {
    Settings settings = new Settings("y", Map.of("a", 3.0, "b", 4L, "c", 0.5));
    assertThat(settings.integer("a")).isEqualTo(3);
    assertThat(settings.integer("b", 1)).isEqualTo(4);
    assertThat(settings.integer("d", 1)).isEqualTo(1);
    assertThat(settings.number("c", 1)).isEqualTo(0.5f);
    assertThat(settings.number("d", 1)).isEqualTo(1);
    assertThat(settings.flag("d", true)).isTrue();
    settings.refuseUnread();
  }

  private static void refused(String key, Object value, String message) {
    Map<String, Object> settings =
        new HashMap<>(Map.of("kind", "max", "window_h", 3, "window_w", 2));
    settings.put(key, value);
    assertThatThrownBy(() -> read("pool", settings, IMAGE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  private static Node read(String operator, Map<String, Object> settings, Node... inputs) {
    return Operators.read(operator, "y", List.of(inputs), new Settings("y", settings));
  }
}
