package dev.gabor.nn.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.grack.nanojson.JsonWriter;
import dev.gabor.backend.RandomState;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.nn.Compiler;
import dev.gabor.nn.Network;
import dev.gabor.nn.NetworkJson;
import dev.gabor.nn.Node;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.Summary;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelsTest {
  /** Counted by hand from the layers. */
  @ParameterizedTest
  @CsvSource({
    "lenet, 421738",
    "vgg, 2197706",
    "resnet18, 11173962",
    "mobilenet, 543050",
  })
  void parametersOfSmallOnesAreCounted(String name, long parameters) {
    Network network = Models.byName(name, Models.usualShape(name), 10);
    assertThat(Summary.of(network, 1).parameters()).isEqualTo(parameters);
    assertThat(network.output().shape()).isEqualTo(Shape.of(10));
  }

  /** As torchvision publishes them, with batch-norm for vgg; mobilenet_v1 as Keras does. */
  @ParameterizedTest
  @CsvSource({
    "resnet18, 11689512",
    "resnet34, 21797672",
    "resnet50, 25557032",
    "vgg11, 132868840",
    "vgg13, 133053736",
    "vgg16, 138365992",
    "vgg19, 143678248",
    "mobilenet_v1, 4231976",
    "mobilenet_v2, 3504872",
    "squeezenet, 1235496",
    "densenet121, 7978856",
  })
  void parametersAtFullSizeAreThePublishedOnes(String name, long parameters) {
    Network network = Models.byName(name, Shape.of(3, 224, 224), 1000);
    assertThat(Summary.of(network, 1).parameters()).isEqualTo(parameters);
    assertThat(network.output().shape()).isEqualTo(Shape.of(1000));
  }

  /** Numbers of earlier releases stay comparable: layers and names, taken when they were fixed. */
  @ParameterizedTest
  @CsvSource({
    "lenet, 2af248c4",
    "vgg, 8719ee58",
    "resnet18, f69b82b",
    "mobilenet, c5312371",
  })
  void whatTheBenchmarkComparesStaysAsItIs(String name, String checksum) {
    Network network = Models.byName(name, Models.usualShape(name), 10);
    CRC32C sum = new CRC32C();
    sum.update(JsonWriter.string(NetworkJson.write(network)).getBytes(StandardCharsets.UTF_8));
    assertThat(Long.toHexString(sum.getValue())).isEqualTo(checksum);
  }

  /** What the last images of a body are: torchvision's 7×7 at 224 pixels. */
  @ParameterizedTest
  @CsvSource({
    "resnet18, 32, 4",
    "resnet18, 127, 16",
    "resnet18, 128, 4",
    "resnet50, 224, 7",
    "mobilenet, 32, 4",
    "mobilenet, 224, 14",
    "mobilenet_v1, 32, 4",
    "mobilenet_v1, 224, 7",
    "mobilenet_v2, 32, 4",
    "mobilenet_v2, 224, 7",
    "squeezenet, 32, 8",
    "squeezenet, 224, 13",
    "densenet121, 32, 4",
    "densenet121, 224, 7",
  })
  void theStemFollowsTheSize(String name, int side, int last) {
    Network network = Models.byName(name, Shape.of(3, side, side + 5), 10);
    assertThat(network.nodes())
        .filteredOn(node -> node.operator().equals("global_pool"))
        .extracting(node -> node.inputs().get(0).shape().length(1))
        .containsExactly(last);
  }

  @Test
  void lenetHasItsLayersInOrder() {
    assertThat(Models.byName("lenet", Shape.of(1, 28, 28), 10).nodes())
        .extracting(Object::toString)
        .containsExactly(
            "input (input) (1,28,28)",
            "conv1 (conv2d) (32,28,28)",
            "batch_norm1 (batch_norm) (32,28,28)",
            "relu1 (activation) (32,28,28)",
            "maxpool1 (pool) (32,14,14)",
            "conv2 (conv2d) (64,14,14)",
            "batch_norm2 (batch_norm) (64,14,14)",
            "relu2 (activation) (64,14,14)",
            "maxpool2 (pool) (64,7,7)",
            "flatten1 (flatten) (3136)",
            "dense1 (dense) (128)",
            "relu3 (activation) (128)",
            "dropout1 (dropout) (128)",
            "dense2 (dense) (10)");
  }

  @Test
  void convolutionsBeforeBatchNormHaveNoBias() {
    // torchvision's vgg has biases, squeezenet has no batch-norm.
    Set<String> biased = Set.of("vgg11", "vgg13", "vgg16", "vgg19", "squeezenet");
    for (String name : Models.names()) {
      assertThat(Models.byName(name, Models.usualShape(name), 10).nodes())
          .filteredOn(node -> node.operator().equals("conv2d"))
          .isNotEmpty()
          .allSatisfy(node -> assertThat(node.parameters()).hasSize(biased.contains(name) ? 2 : 1));
    }
  }

  @Test
  void strideHalvesAndShortcutsProjectOnlyWhereTheShapeChanges() {
    Network resnet = Models.byName("resnet18", Shape.of(3, 32, 32), 10);
    assertThat(resnet.nodes())
        .filteredOn(node -> node.operator().equals("add"))
        .extracting(Node::shape)
        .containsExactly(
            Shape.of(64, 32, 32),
            Shape.of(64, 32, 32),
            Shape.of(128, 16, 16),
            Shape.of(128, 16, 16),
            Shape.of(256, 8, 8),
            Shape.of(256, 8, 8),
            Shape.of(512, 4, 4),
            Shape.of(512, 4, 4));
    // One stem, two a block in eight blocks, three projections.
    assertThat(convolutions(resnet)).isEqualTo(20);
    // One stem, three a block in sixteen blocks, four projections.
    assertThat(convolutions(Models.byName("resnet50", Shape.of(3, 32, 32), 10))).isEqualTo(53);
  }

  private static long convolutions(Network network) {
    return network.nodes().stream().filter(node -> node.operator().equals("conv2d")).count();
  }

  @ParameterizedTest
  @CsvSource({
    "lenet, 4, 1",
    "vgg, 8, 2",
    "resnet18, 1, 3",
    "mobilenet, 1, 1",
    "mobilenet_v2, 1, 3",
    "squeezenet, 8, 1",
    "densenet121, 8, 3"
  })
  void theSmallestImageStillTrains(String name, int side, int channels) {
    Network network = Models.byName(name, Shape.of(channels, side, side + 1), 3);
    try (ReferenceBackend backend = new ReferenceBackend();
        ParameterStore parameters = new ParameterStore(network, backend, true)) {
      Recording recording = new Recording();
      Compiler.Ends ends =
          Compiler.training(
              recording, parameters, 2, new RandomState(1), (recorder, output) -> output);
      assertThat(ends.output().shape()).isEqualTo(Shape.of(2, 3));
      try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
        plan.run();
        assertThat(plan.operations()).isNotEmpty();
      }
    }
  }

  @Test
  void tooSmallImagesAreRefused() {
    assertThatThrownBy(() -> Models.byName("lenet", Shape.of(1, 28, 3), 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("model lenet: images of 28x3 are too small, expected at least 4x4");
    assertThatThrownBy(() -> Models.byName("vgg16", Shape.of(3, 31, 32), 10))
        .hasMessage("model vgg16: images of 31x32 are too small, expected at least 32x32");
    assertThatThrownBy(() -> Models.byName("vgg", Shape.of(3072), 10))
        .hasMessage("model vgg: images (3072), expected (channels, rows, columns)");
    assertThatThrownBy(() -> Models.byName("vgg", Shape.of(3, 32, 32), 0))
        .hasMessage("model vgg: 0 classes, expected at least 1");
  }

  @Test
  void unknownNamesAreRefusedWithThoseThereAre() {
    assertThat(Models.names()).contains("lenet", "vgg19", "densenet121").doesNotHaveDuplicates();
    assertThatThrownBy(() -> Models.byName("alexnet", Shape.of(3, 32, 32), 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "unknown model alexnet, expected one of lenet, vgg, vgg11, vgg13, vgg16, vgg19,"
                + " resnet18, resnet34, resnet50, mobilenet, mobilenet_v1, mobilenet_v2,"
                + " squeezenet, densenet121");
  }
}
