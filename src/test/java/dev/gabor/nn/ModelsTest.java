package dev.gabor.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.backend.RandomState;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelsTest {
  /**
   * Counted by hand from the layers; resnet18 is also known from outside: torchvision's has
   * 11,689,512, its 7x7 stem is 9,408 and its head 513,000, ours 1,728 and 5,130.
   */
  @ParameterizedTest
  @CsvSource({
    "lenet, 421738",
    "vgg, 2197706",
    "resnet18, 11173962",
    "mobilenet, 543050",
  })
  void parametersAreCounted(String name, long parameters) {
    Network network = Models.byName(name, Models.usualShape(name), 10);
    assertThat(Summary.of(network, 1).parameters()).isEqualTo(parameters);
    assertThat(network.output().shape()).isEqualTo(Shape.of(10));
  }

  @Test
  void lenetHasItsLayersInOrder() {
    assertThat(Models.lenet(Shape.of(1, 28, 28), 10).nodes())
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
    for (String name : Models.names()) {
      assertThat(Models.byName(name, Models.usualShape(name), 10).nodes())
          .filteredOn(node -> node.operator().equals("conv2d"))
          .isNotEmpty()
          .allSatisfy(node -> assertThat(node.parameters()).hasSize(1));
    }
  }

  @Test
  void strideHalvesAndShortcutsProjectOnlyWhereTheShapeChanges() {
    Network resnet = Models.resnet18(Shape.of(3, 32, 32), 10);
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
    assertThat(resnet.nodes()).filteredOn(node -> node.operator().equals("conv2d")).hasSize(20);
    Network mobilenet = Models.mobilenet(Shape.of(3, 32, 32), 10);
    assertThat(mobilenet.nodes())
        .filteredOn(node -> "globalpool1".equals(node.name()))
        .extracting(node -> node.inputs().get(0).shape())
        .containsExactly(Shape.of(512, 4, 4));
  }

  @ParameterizedTest
  @CsvSource({"lenet, 4, 1", "vgg, 8, 2", "resnet18, 1, 3", "mobilenet, 1, 1"})
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
    assertThatThrownBy(() -> Models.lenet(Shape.of(1, 28, 3), 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("model lenet: images of 28x3 are too small, expected at least 4x4");
    assertThatThrownBy(() -> Models.vgg(Shape.of(3, 7, 32), 10))
        .hasMessage("model vgg: images of 7x32 are too small, expected at least 8x8");
    assertThatThrownBy(() -> Models.vgg(Shape.of(3072), 10))
        .hasMessage("model vgg: images (3072), expected (channels, rows, columns)");
    assertThatThrownBy(() -> Models.vgg(Shape.of(3, 32, 32), 0))
        .hasMessage("model vgg: 0 classes, expected at least 1");
  }

  @Test
  void unknownNamesAreRefusedWithThoseThereAre() {
    assertThat(Models.names()).isEqualTo(List.of("lenet", "vgg", "resnet18", "mobilenet"));
    assertThatThrownBy(() -> Models.byName("alexnet", Shape.of(3, 32, 32), 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("unknown model alexnet, expected one of lenet, vgg, resnet18, mobilenet");
  }
}
