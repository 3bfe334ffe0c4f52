package dev.gabor.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.backend.Layout;
import dev.gabor.backend.Padding;
import dev.gabor.backend.PoolWindow;
import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class NetworkBuilderTest {
  private static final UnaryOperator<NetworkBuilder> SAME = UnaryOperator.identity();

  @Test
  void namesLayersByOperatorAndNumber() {
    Network network =
        Network.input(4, 8, 8)
            .relu()
            .leakyRelu(0.1f)
            .relu()
            .maxPool(2)
            .averagePool(2)
            .concat(b -> b.pad(1).maxPool(3, 1, 0), SAME)
            .multiply(NetworkBuilder::sigmoid, NetworkBuilder::tanh)
            .residual(b -> b.elu(1).gelu().silu())
            .globalAveragePool()
            .flatten()
            .build();
    assertThat(network.nodes().stream().map(Node::name))
        .containsExactly(
            "input",
            "relu1",
            "leaky_relu1",
            "relu2",
            "maxpool1",
            "avgpool1",
            "pad1",
            "maxpool2",
            "concat1",
            "sigmoid1",
            "tanh1",
            "multiply1",
            "elu1",
            "gelu1",
            "silu1",
            "add1",
            "globalpool1",
            "flatten1");
    assertThat(network.input().name()).isEqualTo("input");
    assertThat(network.output().name()).isEqualTo("flatten1");
  }

  @Test
  void branchesReadWhereTheChainStands() {
    Network network = Network.input(2, 4, 4).relu().concat(b -> b.tanh().relu(), SAME).build();
    Node concat = network.output();
    assertThat(concat.inputs().stream().map(Node::name)).containsExactly("relu2", "relu1");
    Network gate = Network.input(3).multiply(NetworkBuilder::sigmoid, SAME).build();
    assertThat(gate.output().inputs().stream().map(Node::name))
        .containsExactly("sigmoid1", "input");
  }

  @Test
  void infersShapes() {
    NetworkBuilder image = Network.input(3, 13, 9);
    assertThat(image.maxPool(3, 2, 1).shape()).isEqualTo(Shape.of(3, 7, 5));
    assertThat(image.pool(PoolWindow.of(PoolWindow.Kind.AVERAGE, 2).ceilMode(true)).shape())
        .isEqualTo(Shape.of(3, 4, 3));
    assertThat(image.averagePool(2).shape()).isEqualTo(Shape.of(3, 2, 1));
    assertThat(image.pad(new Padding(Padding.Mode.REPLICATE, 0, 1, 2, 3, 4)).shape())
        .isEqualTo(Shape.of(3, 5, 8));
    assertThat(image.concat(SAME, SAME, b -> b.concat(SAME, SAME)).shape())
        .isEqualTo(Shape.of(12, 5, 8));
    assertThat(image.averagePool(3, 1, 1).shape()).isEqualTo(Shape.of(12, 5, 8));
    assertThat(image.globalMaxPool().shape()).isEqualTo(Shape.of(12, 1, 1));
    assertThat(image.flatten().shape()).isEqualTo(Shape.of(12));
    assertThat(image.build().output().layout()).isEqualTo(Layout.PLAIN);
    assertThat(image.concat(SAME, SAME).shape()).isEqualTo(Shape.of(24));
    int layers = image.build().nodes().size();
    assertThat(image.flatten().build().nodes()).hasSize(layers);
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatThrownBy(() -> Network.input(3, 4))
        .hasMessage("network input (3,4): expected (channels, rows, columns) or (features)");
    assertThatThrownBy(() -> Network.input(3, 4, 4).maxPool(5))
        .hasMessage("layer maxpool1: pool: a window of 5 rows does not fit into 4 with padding 0");
    assertThatThrownBy(() -> Network.input(7).maxPool(2))
        .hasMessage("layer maxpool1 (pool) needs an image (C,H,W), but input gives (7)");
    assertThatThrownBy(() -> Network.input(7).globalAveragePool())
        .hasMessage("layer globalpool1 (global_pool) needs an image (C,H,W), but input gives (7)");
    assertThatThrownBy(() -> Network.input(3, 2, 2).pad(Padding.of(Padding.Mode.REFLECT, 2)))
        .hasMessageStartingWith("layer pad1: pad: reflected borders need to be smaller");
    assertThatThrownBy(() -> Network.input(1, 300, 300).globalMaxPool())
        .hasMessage("layer globalpool1: pool window 300×300: more than 65536 positions");
    assertThatThrownBy(() -> Network.input(3, 4, 4).concat(SAME, b -> b.maxPool(2)))
        .hasMessage(
            "layer concat1 concatenates input(3,4,4) and maxpool1(3,2,2): only the channels may"
                + " differ");
    assertThatThrownBy(() -> Network.input(3, 4, 4).concat())
        .hasMessage("layer concat1 concatenates nothing");
    assertThatThrownBy(() -> Network.input(3, 4, 4).multiply(SAME, b -> b.maxPool(2)))
        .hasMessage(
            "layer multiply1 multiplies input(3,4,4) and maxpool1(3,2,2): the shapes must be"
                + " equal");
    assertThatThrownBy(() -> Network.input(3, 4, 4).residual(b -> b.maxPool(2)))
        .hasMessage("layer add1 adds maxpool1(3,2,2) and input(3,4,4): the shapes must be equal");
    InputNode input = new InputNode("x", Shape.of(3));
    assertThatThrownBy(() -> new Network(List.of(input, input)))
        .hasMessage("network: two layers have the same name");
  }

  private static NetworkBuilder block(NetworkBuilder before) {
    return before.conv2d(4, 3).batchNorm().relu();
  }

  @Test
  void aCompositionIsACustomLayer() {
    Network composed = Network.input(1, 5, 5).then(NetworkBuilderTest::block).flatten().build();
    Network written = Network.input(1, 5, 5).conv2d(4, 3).batchNorm().relu().flatten().build();
    assertThat(NetworkJson.write(composed).toString())
        .isEqualTo(NetworkJson.write(written).toString());
  }
}
