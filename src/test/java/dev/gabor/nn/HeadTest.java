package dev.gabor.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.nn.models.Models;
import dev.gabor.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class HeadTest {
  static List<String> names() {
    return Models.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void anotherHeadMakesTheModelOfOtherClasses(String name) {
    Network ten = Models.byName(name, Models.usualShape(name), 10);
    Network three = Models.byName(name, Models.usualShape(name), 3);
    assertThat(NetworkJson.write(ten.withClasses(3))).isEqualTo(NetworkJson.write(three));
    assertThat(ten.output().shape()).isEqualTo(Shape.of(10));
    List<Parameter> kept = ten.withClasses(3).parameters();
    assertThat(kept).filteredOn(ten.parameters()::contains).hasSize(kept.size() - 2);
  }

  @ParameterizedTest
  @CsvSource({"lenet, dense2", "squeezenet, conv26", "resnet50, dense1", "mobilenet_v2, dense1"})
  void theHeadIsTheLastLayerThatTrains(String model, String head) {
    Network network = Models.byName(model, Models.usualShape(model), 10);
    assertThat(network.head().name()).isEqualTo(head);
  }

  @Test
  void networksWithoutAHeadAreRefused() {
    Network sum = Network.input(3).dense(4).residual(b -> b.dense(4)).build();
    assertThatThrownBy(() -> sum.withClasses(3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("network: its head is add1 (add) (4): expected a dense layer or a convolution");
    assertThatThrownBy(() -> Network.input(3).dense(4).build().withClasses(0))
        .hasMessage("network: 0 classes, expected at least 1");
  }

  @ParameterizedTest
  @CsvSource({
    "conv1, conv1.weight, true",
    "conv1, conv10.weight, false",
    "conv*, conv10.weight, true",
    "*.bias, batch_norm1.bias, true",
    "*.bias, batch_norm1.running_mean, false",
    "conv?, conv2.weight, true",
    "conv?, conv12.weight, false",
    "dense1.weight, dense1.bias, false",
    "d.nse1, dense1.bias, false",
  })
  void patternsNameParametersAndLayers(String pattern, String parameter, boolean matches) {
    assertThat(new NamePattern(pattern).matches(parameter)).isEqualTo(matches);
  }
}
