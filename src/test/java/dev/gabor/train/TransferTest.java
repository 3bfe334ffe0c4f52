package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.Scratch;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.data.Dataset;
import dev.gabor.data.Normalization;
import dev.gabor.data.StrokeDigits;
import dev.gabor.golden.TensorDataset;
import dev.gabor.nn.Network;
import dev.gabor.optim.Optimizer;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TransferTest {
  private static final Dataset DIGITS = StrokeDigits.test(1, 200);
  private static final Dataset FOUR =
      new TensorDataset(Scratch.random(Shape.of(64, 1, 28, 28), 9), 4);

  private static Model before;
  private static Network network;
  private static Weights weights;

  @BeforeAll
  static void train() {
    try (Backend backend = new ReferenceBackend()) {
      before =
          Trainer.of(SmallNetworks.digits()).on(backend).batch(32).epochs(1).fit(DIGITS).model();
    }
    network = before.network().withClasses(4);
    weights = Weights.of(before).forClasses(FOUR.classNames());
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void theFrozenBackboneStaysToTheBitAndTheHeadLearns(
      Backends.Opener opener, @TempDir Path folder) {
    Path file = folder.resolve("four.safetensors");
    try (Backend backend = opener.open()) {
      Trainer trainer =
          Trainer.of(network)
              .on(backend)
              .weights(weights)
              .normalization(before.normalization())
              .freezeBackbone()
              .optimizer(Optimizer.adamw(1e-2).decayAll(true).clipNorm(1))
              .averageWeights(0.9)
              .batch(16)
              .epochs(2);
      trainer.fit(FOUR).model().save(file);
      Model after = Model.load(file);
      after
          .parameters()
          .forEach(
              (name, tensor) -> {
                if (!name.startsWith("dense2.")) {
                  assertThat(tensor.data())
                      .as(name)
                      .containsExactly(before.parameters().get(name).data());
                }
              });
      try (TrainingSession begun = trainer.open()) {
        float[] first = begun.parameters().get(network.head().parameters().get(0)).data();
        assertThat(after.parameters().get("dense2.weight").data()).isNotEqualTo(first);
      }
      assertThat(after.normalization()).isEqualTo(before.normalization());
      assertThat(after.provenance().settings())
          .containsEntry("normalization", "given")
          .hasEntrySatisfying("weights", text -> assertThat(text.toString()).contains("9 tensors"))
          .hasEntrySatisfying("frozen", text -> assertThat(text.toString()).contains("conv1"));
      try (Evaluator evaluator = Evaluator.of(after, backend, 16)) {
        assertThat(evaluator.evaluate(FOUR, after.normalization()).samples()).isEqualTo(64);
      }
    }
  }

  @Test
  void partsAreFrozenByPatternAndTheRestLearns() {
    try (Backend backend = new ReferenceBackend()) {
      Trainer trainer =
          Trainer.of(network).on(backend).weights(weights).batch(16).epochs(1).freeze("conv1");
      Map<String, Tensor> after = trainer.fit(FOUR).model().parameters();
      assertThat(after.get("conv1.weight").data())
          .containsExactly(before.parameters().get("conv1.weight").data());
      for (String name : List.of("conv2.weight", "batch_norm1.running_mean", "dense1.weight")) {
        assertThat(after.get(name).data()).isNotEqualTo(before.parameters().get(name).data());
      }
    }
  }

  @Test
  void aReportSaysWhatWasTakenAndWhyNot() {
    WeightsReport report = Weights.of(before).without("conv2").onto(network);
    assertThat(report.loaded())
        .containsExactly(
            "conv1.weight",
            "batch_norm1.weight",
            "batch_norm1.bias",
            "batch_norm1.running_mean",
            "batch_norm1.running_var",
            "dense1.weight",
            "dense1.bias");
    assertThat(report.leftOut())
        .containsEntry("conv2.weight", "left out by conv2")
        .containsEntry("dense2.weight", "shape (10,32), expected (4,32)");
    assertThat(report.untouched())
        .containsExactly("conv2.weight", "conv2.bias", "dense2.weight", "dense2.bias");
    assertThat(report.toString().lines())
        .startsWith(
            "weights: 7 of 11 parameters from the model; as they would begin without:"
                + " conv2.weight, conv2.bias, dense2.weight, dense2.bias",
            "weights: not taken: conv2.weight: left out by conv2")
        .hasSize(5);
    Network other = Network.input(1, 28, 28).conv2d(8, 3).flatten().dense(10).build();
    assertThat(Weights.of(before).onto(other).leftOut())
        .containsEntry("batch_norm1.bias", "the network has no parameter of this name");
  }

  @Test
  void theHeadIsLeftOutWhereTheClassesAreOthers() {
    Network same = before.network();
    Weights all = Weights.of(before);
    assertThat(all.forClasses(before.classNames()).onto(same).leftOut()).isEmpty();
    List<String> letters = List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j");
    assertThat(all.forClasses(letters).onto(same).leftOut())
        .containsOnlyKeys("dense2.weight", "dense2.bias")
        .containsValue("of other classes");
  }

  @Test
  void filesOfOthersAreReadByNameToo(@TempDir Path folder) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("conv1.weight", before.parameters().get("conv1.weight"));
    tensors.put("fc.weight", Tensor.zeros(10, 3));
    Path bare = folder.resolve("bare.safetensors");
    new SafeTensors(Map.of(), tensors).write(bare);
    Weights read = Weights.read(bare);
    assertThat(read.model()).isEmpty();
    assertThat(read.forClasses(List.of("a")).onto(network).loaded())
        .containsExactly("conv1.weight");
    Path saved = folder.resolve("model.safetensors");
    before.save(saved);
    assertThat(Weights.read(saved).onto(before.network()).untouched()).isEmpty();
    assertThat(Weights.read(saved).onto(network).source()).isEqualTo(saved.toString());
  }

  @Test
  void whatCannotBeMeantIsRefused() {
    try (Backend backend = new ReferenceBackend()) {
      Trainer trainer = Trainer.of(network).on(backend);
      assertThatThrownBy(() -> trainer.freeze("conv1", "fc*"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "freeze fc*: the network has no parameter of this name; its first is conv1.weight,"
                  + " its head dense2");
      assertThatThrownBy(() -> trainer.normalization(Normalization.none(3)).fit(FOUR))
          .hasMessage("normalization of 3 channels, expected those of samples (1,28,28)");
      Network other = Network.input(1, 28, 28).flatten().dense(4).build();
      assertThatThrownBy(() -> Trainer.of(other).on(backend).weights(Weights.of(before)).open())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(
              "weights of the model: no tensor fits a parameter by name and shape: expected one"
                  + " like dense1.weight (4,784), found conv1.weight=");
    }
  }
}
