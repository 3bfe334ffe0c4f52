package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Loss;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.data.Normalization;
import dev.gabor.data.StrokeDigits;
import dev.gabor.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelTest {
  private static Model model;

  @TempDir private Path folder;

  @BeforeAll
  static void train() {
    try (Backend backend = new ReferenceBackend()) {
      model =
          Trainer.of(SmallNetworks.digits())
              .on(backend)
              .loss(Loss.crossEntropy(0.1f))
              .normalization(Normalization.Kind.RANGE)
              .batch(20)
              .epochs(2)
              .seed(1L << 60)
              .fit(StrokeDigits.train(1, 100))
              .model();
    }
  }

  @Test
  void aSavedModelPredictsTheSame() {
    Path file = folder.resolve("digits.safetensors");
    model.save(file);
    Model loaded = Model.load(file);
    assertThat(loaded.classNames()).isEqualTo(model.classNames());
    assertThat(loaded.normalization()).isEqualTo(model.normalization());
    assertThat(loaded.loss()).isEqualTo(model.loss());
    assertThat(loaded.provenance().seed()).isEqualTo(1L << 60);
    assertThat(loaded.provenance().device())
        .startsWith("CPU reference")
        .endsWith(", Java " + Runtime.version());
    assertThat(loaded.provenance().data()).startsWith("100 samples (1,28,28), 10 classes, sha256 ");
    assertThat(loaded.provenance().settings())
        .containsEntry("epochs", 2)
        .containsEntry("optimizer.name", "adam")
        .containsEntry("normalization", "range");
    float[] image = new float[28 * 28];
    try (Backend backend = new ReferenceBackend();
        Predictor before = new Predictor(model, backend);
        Predictor after = new Predictor(loaded, backend)) {
      for (int i = 0; i < 20; i++) {
        StrokeDigits.test(1, 20).read(i, image, 0);
        assertThat(after.probabilities(image)).containsExactly(before.probabilities(image));
      }
    }
    Path again = folder.resolve("again.safetensors");
    loaded.save(again);
    assertThat(again).hasSameBinaryContentAs(file);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "format | x | metadata format: expected gabor.model, found x",
        "version | 2 | metadata version: expected 1, found 2",
        "network | {} | metadata network: network: expected a list of layers under \"layers\", found null",
        "network | [ | metadata network: expected JSON: ",
        "network | 7 | metadata network: expected a JsonObject, found 7",
        "normalization | {} | metadata normalization: normalization: kind: expected none, range or"
            + " standard, found null",
        "classes | [1] | metadata classes: expected names in quotes, found 1",
        "classes | [\"0\"] | 1 class names, expected one for each output of dense2 (dense) (10)",
        "loss | {\"kind\":\"best\"} | metadata loss: unknown kind best",
        "loss | {\"kind\":\"huber\"} | metadata loss: loss HUBER: delta is 0.0",
        "provenance | [] | metadata provenance: expected a JsonObject, found []",
      })
  void metadataThatIsWrongIsNamed(String key, String value, String fault) {
    Path file = folder.resolve("model");
    model.save(file);
    SafeTensors whole = SafeTensors.read(file);
    Map<String, String> metadata = new LinkedHashMap<>(whole.metadata());
    metadata.put(key, value);
    new SafeTensors(metadata, whole.tensors()).write(file);
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOf(ModelFileException.class)
        .hasMessageStartingWith(file + ": " + fault);
  }

  @ParameterizedTest
  @CsvSource({
    "format, 'metadata format: expected gabor.model, found none'",
    "network, 'metadata network: expected JSON: '",
  })
  void metadataThatIsMissingIsNamed(String key, String fault) {
    Path file = folder.resolve("model");
    model.save(file);
    SafeTensors whole = SafeTensors.read(file);
    Map<String, String> metadata = new LinkedHashMap<>(whole.metadata());
    metadata.remove(key);
    new SafeTensors(metadata, whole.tensors()).write(file);
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOf(ModelFileException.class)
        .hasMessageStartingWith(file + ": " + fault);
  }

  private void refusesTensors(Map<String, Tensor> tensors, String fault) {
    Path file = folder.resolve("model");
    model.save(file);
    new SafeTensors(SafeTensors.read(file).metadata(), tensors).write(file);
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOf(ModelFileException.class)
        .hasMessage(file + ": " + fault);
  }

  @Test
  void tensorsThatDoNotFitAreNamed() {
    Map<String, Tensor> tensors = new LinkedHashMap<>(model.parameters());
    tensors.remove("dense1.bias");
    refusesTensors(tensors, "tensor dense1.bias: expected (32), it is missing");
    tensors.put("dense1.bias", Tensor.zeros(33));
    refusesTensors(tensors, "tensor dense1.bias: expected (32), found (33)");
    tensors.put("dense1.bias", Tensor.zeros(32));
    tensors.put("dense9.bias", Tensor.zeros(1));
    refusesTensors(tensors, "tensor dense9.bias: the network has no parameter of this name");
  }

  @Test
  void aFileThatIsCutShortOrMissingIsNamed() throws IOException {
    Path file = folder.resolve("model");
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOf(ModelFileException.class)
        .hasMessage(file + ": file not found");
    model.save(file);
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("cut short");
  }
}
