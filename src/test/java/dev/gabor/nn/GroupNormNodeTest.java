package dev.gabor.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.Scratch;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Group, instance and layer normalisation as layers of a network. */
class GroupNormNodeTest {
  @Test
  void hasPyTorchsParametersAndKeepsThemFromDecay() {
    Network network =
        Network.input(6, 4, 5)
            .groupNorm(3)
            .instanceNorm()
            .layerNorm()
            .flatten()
            .layerNorm()
            .build();
    assertThat(network.parameters())
        .extracting(Parameter::name)
        .containsExactly(
            "group_norm1.weight",
            "group_norm1.bias",
            "layer_norm1.weight",
            "layer_norm1.bias",
            "layer_norm2.weight",
            "layer_norm2.bias");
    assertThat(network.parameters())
        .extracting(Parameter::kind)
        .containsOnly(Parameter.Kind.UNDECAYED);
    assertThat(network.parameters())
        .extracting(Parameter::shape)
        .containsExactly(
            Shape.of(6),
            Shape.of(6),
            Shape.of(6, 4, 5),
            Shape.of(6, 4, 5),
            Shape.of(120),
            Shape.of(120));
    assertThat(Summary.of(network, 1).parameters()).isEqualTo(12 + 240 + 240);
    assertThat(Summary.of(network, 1).remarks()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void inferenceIsTrainingWhateverTheBatch(Backends.Opener opener) {
    Network network =
        Network.input(4, 3, 5).groupNorm(2).tanh().instanceNorm(1e-3f, true).layerNorm().build();
    Map<String, Tensor> parameters = new HashMap<>();
    for (Parameter parameter : network.parameters()) {
      parameters.put(parameter.name(), Scratch.random(parameter.shape(), parameters.size()));
    }
    Tensor x = Scratch.random(Shape.of(3, 4, 3, 5), 9);
    Tensor dy = Scratch.random(x.shape(), 10);
    Tensor first = Tensor.zeros(1, 4, 3, 5);
    System.arraycopy(x.data(), 0, first.data(), 0, first.data().length);
    try (Backend backend = opener.open()) {
      float[] trained = GraphRun.train(network, parameters, x, dy, backend).get("y").data();
      float[] inferred = GraphRun.infer(network, parameters, x, backend).get("y").data();
      float[] alone = GraphRun.infer(network, parameters, first, backend).get("y").data();
      assertThat(inferred).containsExactly(trained, within(1e-6f));
      for (int i = 0; i < alone.length; i++) {
        assertThat(alone[i]).isCloseTo(inferred[i], within(1e-6f));
      }
    }
  }

  @Test
  void refusesBadSettingsByTheNameOfTheLayer() {
    assertThatThrownBy(() -> Network.input(6, 4, 4).groupNorm(4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("layer group_norm1: group-norm: 4 groups of 6 channels, expected a divisor");
    assertThatThrownBy(() -> Network.input(6, 1, 1).instanceNorm())
        .hasMessageStartingWith("layer instance_norm1: group-norm: a group has 1 element");
    assertThatThrownBy(() -> Network.input(6).instanceNorm())
        .hasMessage(
            "layer instance_norm1 (instance_norm) needs an image (C,H,W), but input gives (6)");
    assertThatThrownBy(() -> Network.input(6).layerNorm(-1, true))
        .hasMessage(
            "layer layer_norm1: group-norm: epsilon is -1.0, expected a finite number above 0");
    Node input = Network.input(6).build().input();
    assertThatThrownBy(
            () -> Operators.read("group_norm", "g", List.of(input), new Settings("g", Map.of())))
        .hasMessage("layer g: setting groups is missing");
  }
}
