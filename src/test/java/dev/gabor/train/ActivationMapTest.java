package dev.gabor.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.Loss;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.data.PictureFile;
import dev.gabor.nn.Network;
import dev.gabor.nn.NetworkBuilder;
import dev.gabor.nn.Parameter;
import dev.gabor.nn.models.Models;
import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ActivationMapTest {
  private static final Path ASTRONAUT = Path.of("..", "shared", "data", "images", "astronaut.png");

  private static NetworkBuilder twoMaps() {
    return Network.input(1, 2, 2)
        .conv2d(2, 1, c -> c.bias(false))
        .relu()
        .globalAveragePool()
        .flatten()
        .dense(2);
  }

  /** The class-activation map of Zhou et al.: Σ_k w[class,k] A_k, here divided by 4 pixels. */
  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void isTheClassActivationMapBehindGlobalAveragePooling(Backends.Opener opener) {
    float[] filters = {1, 2};
    float[] weights = {3, -1, -4, 3};
    float[] biases = {5, 7};
    Model plain = HandMade.model(twoMaps().build(), Loss.crossEntropy(), filters, weights, biases);
    Model logarithm =
        HandMade.model(
            twoMaps().logSoftmax().build(), Loss.negativeLogLikelihood(), filters, weights, biases);
    float[] image = {0, 0.5f, 1, 0.25f};
    for (Model model : new Model[] {plain, logarithm}) {
      try (Backend backend = opener.open();
          ActivationMap map = new ActivationMap(model, backend)) {
        assertThat(map.layer()).isEqualTo("relu1");
        // A0 = x, A1 = 2 x: class 0 sees 3 x - 2 x, class 1 sees -4 x + 6 x.
        ActivationMap.Sight first = map.of(image, 0);
        assertThat(first.map().shape()).isEqualTo(Shape.of(2, 2));
        assertThat(first.map().data()).containsExactly(0, 0.125f, 0.25f, 0.0625f);
        ActivationMap.Sight best = map.of(image);
        assertThat(best.map().data()).containsExactly(0, 0.25f, 0.5f, 0.125f);
        assertThat(best.prediction().index()).isEqualTo(1);
        assertThat(best.prediction().name()).isEqualTo("c1");
        // Means 0.4375 and 0.875: outputs 5.4375 and 7.875.
        assertThat(best.prediction().probability())
            .isCloseTo((float) (1 / (1 + Math.exp(5.4375 - 7.875))), within(1e-5f));
      }
    }
  }

  /** Grad-CAM: each pixel has a weight of its own, their mean counts. */
  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void takesMeanGradientsWhereTheNetworkEndsOtherwise(Backends.Opener opener) {
    Model model =
        HandMade.model(
            Network.input(1, 1, 2).conv2d(2, 1, c -> c.bias(false)).flatten().dense(2).build(),
            Loss.crossEntropy(),
            new float[] {1, -2},
            // Class 0: 4 and 8 on map 0, 1 and 2 on map 1.
            new float[] {4, 8, 1, 2, -4, -8, -1, -2},
            new float[] {0, 0});
    try (Backend backend = opener.open();
        ActivationMap map = new ActivationMap(model, backend)) {
      // Weights 6 and 1.5: 6 x - 3 x.
      assertThat(map.of(new float[] {1, 0.5f}, 0).map().data()).containsExactly(3, 1.5f);
      // Nothing speaks for the other class.
      assertThat(map.of(new float[] {1, 0.5f}, 1).map().data()).containsExactly(0, 0);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void devicesSeeWhatTheReferenceSees(Backends.Opener opener) {
    Network network =
        Network.input(3, 13, 9)
            .conv2d(8, 3, c -> c.bias(false))
            .batchNorm()
            .relu()
            .residual(b -> b.conv2d(8, 3, c -> c.groups(8)).batchNorm())
            .relu()
            .maxPool(2)
            .flatten()
            .dense(7)
            .batchNorm()
            .tanh()
            .dropout(0.5f)
            .dense(3)
            .build();
    Model model = HandMade.model(network, Loss.crossEntropy(), values(network));
    float[] image = values(Shape.of(3, 13, 9).arrayLength(), 0);
    try (Backend device = opener.open();
        Backend reference = new ReferenceBackend();
        ActivationMap here = new ActivationMap(model, device);
        ActivationMap there = new ActivationMap(model, reference)) {
      assertThat(here.layer()).isEqualTo("relu2");
      for (int c = 0; c < 3; c++) {
        assertThat(here.of(image, c).map().data())
            .containsExactly(there.of(image, c).map().data(), within(1e-5f));
      }
      assertThat(here.of(image).prediction().index())
          .isEqualTo(there.of(image).prediction().index());
    }
  }

  private static float[][] values(Network network) {
    float[][] all = new float[network.parameters().size()][];
    for (int i = 0; i < all.length; i++) {
      Parameter parameter = network.parameters().get(i);
      boolean variance = parameter.kind() == Parameter.Kind.STATISTIC;
      all[i] = values(parameter.shape().arrayLength(), variance ? 1.5f : 0);
    }
    return all;
  }

  private static float[] values(int count, float shift) {
    Philox random = new Philox(3, count);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = shift + random.nextFloat(-1, 1);
    }
    return values;
  }

  /** The suit of the astronaut is orange: the largest value of the map is where red prevails. */
  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void findsWhatIsRedInAPhotograph(Backends.Opener opener) {
    Shape shape = Shape.of(3, 64, 64);
    Tensor image = Files.exists(ASTRONAUT) ? PictureFile.read(ASTRONAUT, shape) : noise(shape);
    try (Backend backend = opener.open();
        ActivationMap map = new ActivationMap(HandMade.redOrBlue(64, 64), backend)) {
      float[] heat = map.of(image.data(), 0).map().data();
      assertThat(heat).hasSize(4096).contains(0f);
      for (int i = 0; i < 4096; i++) {
        float r = image.data()[i];
        float g = image.data()[4096 + i];
        float b = image.data()[8192 + i];
        float difference = Math.max(0, r - (g + b) / 2) - Math.max(0, b - (g + r) / 2);
        float expected = Math.max(0, difference) * 10 / 4096;
        assertThat(heat[i]).isCloseTo(expected, within(1e-6f));
      }
    }
  }

  private static Tensor noise(Shape shape) {
    float[] values = values(shape.arrayLength(), 0);
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.abs(values[i]);
    }
    return new Tensor(shape, values);
  }

  @Test
  void looksAtTheEndOfTheLastBlock() {
    assertThat(ImageLayers.last(Models.byName("resnet18", Shape.of(3, 32, 32), 10)).name())
        .isEqualTo("relu17");
    assertThat(ImageLayers.last(Models.byName("lenet", Shape.of(1, 28, 28), 10)).name())
        .isEqualTo("relu2");
    assertThat(ImageLayers.last(Models.byName("mobilenet", Shape.of(3, 32, 32), 10)).name())
        .isEqualTo("relu15");
    // Convolutions of one pixel say nothing about places.
    Network squeezed =
        Network.input(3, 8, 8)
            .conv2d(4, 3)
            .relu()
            .globalAveragePool()
            .conv2d(2, 1)
            .flatten()
            .build();
    assertThat(ImageLayers.last(squeezed).name()).isEqualTo("relu1");
  }

  @Test
  void refusesWhatItCannotLookAt() {
    Model model = HandMade.redOrBlue(4, 4);
    try (Backend backend = new ReferenceBackend();
        ActivationMap map = new ActivationMap(model, backend)) {
      assertThatThrownBy(() -> map.of(new float[48], 2)).hasMessage("class 2: expected 0 to 1");
      assertThatThrownBy(() -> map.of(new float[47]))
          .hasMessage("image: expected 48 values (3,4,4), found 47");
      Model point =
          HandMade.model(
              Network.input(1, 1, 1).conv2d(1, 1, c -> c.bias(false)).flatten().dense(1).build(),
              Loss.crossEntropy(),
              new float[1],
              new float[1],
              new float[1]);
      assertThatThrownBy(() -> new ActivationMap(point, backend))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the network has no convolution of more than one pixel");
    }
  }
}
