package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.Loss;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.data.StrokeDigits;
import dev.gabor.nn.Network;
import dev.gabor.nn.models.Models;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class FeatureMapsTest {
  /** The image itself, and its slope to the right without the border. */
  private static Model edges() {
    return HandMade.model(
        Network.input(1, 2, 3)
            .conv2d(2, 1, 3, c -> c.bias(false))
            .relu()
            .flatten()
            .dense(2)
            .build(),
        Loss.crossEntropy(),
        new float[] {0, 1, 0, -1, 0, 1},
        new float[24],
        new float[2]);
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void mapsOfAHandMadeNetwork(Backends.Opener opener) {
    try (Backend backend = opener.open();
        FeatureMaps maps = new FeatureMaps(edges(), backend, List.of("relu1", "conv1", "input"))) {
      float[] image = {0.25f, 0.5f, 1, 1, 0.5f, 0};
      for (int i = 0; i < 2; i++) {
        Map<String, Tensor> all = maps.of(image);
        assertThat(all.keySet()).containsExactly("relu1", "conv1", "input");
        assertThat(all.get("conv1").shape()).isEqualTo(Shape.of(2, 2, 3));
        assertThat(all.get("conv1").data())
            .containsExactly(0.25f, 0.5f, 1, 1, 0.5f, 0, 0.5f, 0.75f, -0.5f, 0.5f, -1, -0.5f);
        assertThat(all.get("relu1").data())
            .containsExactly(0.25f, 0.5f, 1, 1, 0.5f, 0, 0.5f, 0.75f, 0, 0.5f, 0, 0);
        assertThat(all.get("input").data()).containsExactly(image);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void devicesSeeWhatTheReferenceSees(Backends.Opener opener) {
    try (Backend device = opener.open();
        Backend reference = new ReferenceBackend()) {
      Model model =
          Trainer.of(SmallNetworks.digits())
              .on(device)
              .batch(20)
              .epochs(1)
              .fit(StrokeDigits.train(1, 100))
              .model();
      List<String> layers = FeatureMaps.ofConvolutions(model.network());
      assertThat(layers).containsExactly("relu1", "relu2");
      float[] image = new float[28 * 28];
      StrokeDigits.test(1, 1).read(0, image, 0);
      try (FeatureMaps here = new FeatureMaps(model, device, layers);
          FeatureMaps there = new FeatureMaps(model, reference, layers)) {
        Map<String, Tensor> expected = there.of(image);
        here.of(image)
            .forEach(
                (layer, map) ->
                    assertThat(map.data())
                        .as(layer)
                        .containsExactly(expected.get(layer).data(), within(1e-3f)));
      }
    }
  }

  @Test
  void convolutionsAreCompleteBehindTheirActivation() {
    Network resnet = Models.byName("resnet18", Shape.of(3, 32, 32), 10);
    assertThat(FeatureMaps.ofConvolutions(resnet))
        .hasSize(20)
        .startsWith("relu1", "relu2", "batch_norm3", "relu4")
        .doesNotHaveDuplicates();
    assertThat(FeatureMaps.convolutions(resnet)).startsWith("conv1", "conv2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "conv9|no layer conv9, expected one of input, conv1, relu1",
        "dense1|layer dense1 gives features (2), expected a layer that gives images: one of input,",
      })
  void layersThatAreNotThereAreNamed(String layer, String fault) {
    try (Backend backend = new ReferenceBackend()) {
      assertThatThrownBy(() -> new FeatureMaps(edges(), backend, List.of(layer)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(fault);
      assertThatThrownBy(() -> new ActivationMap(edges(), backend, layer))
          .hasMessageContaining(fault);
    }
  }

  @Test
  void imagesOfAnotherSizeAndNetworksWithoutConvolution() {
    try (Backend backend = new ReferenceBackend();
        FeatureMaps maps = new FeatureMaps(edges(), backend, List.of("conv1"))) {
      assertThatThrownBy(() -> maps.of(new float[5]))
          .hasMessage("image: expected 6 values (1,2,3), found 5");
    }
    Network dense = Network.input(1, 4, 4).flatten().dense(2).build();
    assertThatThrownBy(() -> FeatureMaps.ofConvolutions(dense))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the network has no convolution");
  }
}
