package dev.gabor.nn.models;

import dev.gabor.nn.Network;
import dev.gabor.nn.NetworkBuilder;
import dev.gabor.tensor.Shape;
import java.util.List;

/**
 * The named models. Each adapts to the channels and the size of its images and to the number of
 * classes; its output are logits.
 */
public final class Models {
  /**
   * Images whose shorter side has so many pixels or more are large: resnet and densenet begin with
   * 7×7 filters of stride 2 and a 3×3 maximum pool of stride 2, squeezenet and the mobilenets with
   * strides that come to the same, vgg11 to vgg19 end with 4096 dense units. Below it the first
   * filters are 3×3 of stride 1 without a pool, and vgg ends with 512 units.
   */
  public static final int LARGE_SIDE = 128;

  private static final Shape DIGIT = Shape.of(1, 28, 28);
  private static final Shape SMALL = Shape.of(3, 32, 32);

  /** Adds a whole model, with its head, to an empty chain. */
  @FunctionalInterface
  interface Maker {
    NetworkBuilder add(NetworkBuilder net, boolean large, int classes);
  }

  /** A model with the image it is usually shown and the smallest side it can take. */
  private record Entry(String name, Shape usual, int smallestSide, Maker maker) {}

  private static final List<Entry> ENTRIES =
      List.of(
          new Entry("lenet", DIGIT, 4, LeNet::lenet),
          new Entry("vgg", SMALL, 8, Vgg::vgg),
          new Entry("vgg11", SMALL, 32, Vgg.of(1, 1, 2, 2, 2)),
          new Entry("vgg13", SMALL, 32, Vgg.of(2, 2, 2, 2, 2)),
          new Entry("vgg16", SMALL, 32, Vgg.of(2, 2, 3, 3, 3)),
          new Entry("vgg19", SMALL, 32, Vgg.of(2, 2, 4, 4, 4)),
          new Entry("resnet18", SMALL, 1, ResNet.basic(2, 2, 2, 2)),
          new Entry("resnet34", SMALL, 1, ResNet.basic(3, 4, 6, 3)),
          new Entry("resnet50", SMALL, 1, ResNet.bottleneck(3, 4, 6, 3)),
          new Entry("mobilenet", SMALL, 1, MobileNet::mobilenet),
          new Entry("mobilenet_v1", SMALL, 1, MobileNet::mobilenetV1),
          new Entry("mobilenet_v2", SMALL, 1, MobileNetV2::mobilenetV2),
          new Entry("squeezenet", SMALL, 8, SqueezeNet::squeezenet),
          new Entry("densenet121", SMALL, 8, DenseNet.of(6, 12, 24, 16)));

  private Models() {}

  /** The names that {@link #byName} knows. */
  public static List<String> names() {
    return ENTRIES.stream().map(Entry::name).toList();
  }

  /**
   * A named model.
   *
   * @param name one of {@link #names()}
   * @param shape of one image, (C,H,W)
   * @param classes the number of logits, at least 1
   * @throws IllegalArgumentException if there is no such model or the image is too small for it
   */
  public static Network byName(String name, Shape shape, int classes) {
    Entry entry = entry(name);
    if (shape.rank() != 3) {
      throw new IllegalArgumentException(
          "model %s: images %s, expected (channels, rows, columns)".formatted(name, shape));
    }
    int side = Math.min(shape.length(1), shape.length(2));
    if (side < entry.smallestSide) {
      throw new IllegalArgumentException(
          "model %s: images of %dx%d are too small, expected at least %dx%d"
              .formatted(
                  name, shape.length(1), shape.length(2), entry.smallestSide, entry.smallestSide));
    }
    if (classes < 1) {
      throw new IllegalArgumentException(
          "model %s: %d classes, expected at least 1".formatted(name, classes));
    }
    NetworkBuilder net = Network.input(shape.toArray());
    return entry.maker.add(net, side >= LARGE_SIDE, classes).build();
  }

  /** The shape (C,H,W) of the images that a model is measured with: 1×28×28 or 3×32×32. */
  public static Shape usualShape(String name) {
    return entry(name).usual;
  }

  private static Entry entry(String name) {
    return ENTRIES.stream()
        .filter(entry -> entry.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown model " + name + ", expected one of " + String.join(", ", names())));
  }
}
