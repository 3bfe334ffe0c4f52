package dev.gabor.nn;

import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * The named models. Each adapts to the channels and the size of its images and to the number of
 * classes; its output are logits. Convolutions that batch-norm follows have no bias.
 */
public final class Models {
  private static final float DROPOUT = 0.5f;

  /** A model with the image it is usually shown and the smallest side it can take. */
  private record Entry(
      String name,
      Shape usual,
      int smallestSide,
      BiFunction<NetworkBuilder, Integer, Network> maker) {}

  private static final List<Entry> ENTRIES =
      List.of(
          new Entry("lenet", Shape.of(1, 28, 28), 4, Models::buildLenet),
          new Entry("vgg", Shape.of(3, 32, 32), 8, Models::buildVgg),
          new Entry("resnet18", Shape.of(3, 32, 32), 1, Models::buildResnet18),
          new Entry("mobilenet", Shape.of(3, 32, 32), 1, Models::buildMobilenet));

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
    if (Math.min(shape.length(1), shape.length(2)) < entry.smallestSide) {
      throw new IllegalArgumentException(
          "model %s: images of %dx%d are too small, expected at least %dx%d"
              .formatted(
                  name, shape.length(1), shape.length(2), entry.smallestSide, entry.smallestSide));
    }
    if (classes < 1) {
      throw new IllegalArgumentException(
          "model %s: %d classes, expected at least 1".formatted(name, classes));
    }
    return entry.maker.apply(Network.input(shape.toArray()), classes);
  }

  /** The shape (C,H,W) of the images that a model is measured with: 1×28×28 or 3×32×32. */
  public static Shape usualShape(String name) {
    return entry(name).usual;
  }

  /** Two convolutions of 32 and 64 filters with pooling, 128 dense units, dropout. */
  public static Network lenet(Shape shape, int classes) {
    return byName("lenet", shape, classes);
  }

  /** Three pairs of 3×3 convolutions, 64 to 256 filters (after Simonyan and Zisserman 2014). */
  public static Network vgg(Shape shape, int classes) {
    return byName("vgg", shape, classes);
  }

  /** Eight basic residual blocks, 64 to 512 filters (He et al. 2016), first filters 3×3. */
  public static Network resnet18(Shape shape, int classes) {
    return byName("resnet18", shape, classes);
  }

  /** Seven depthwise separable convolutions, 64 to 512 filters (after Howard et al. 2017). */
  public static Network mobilenet(Shape shape, int classes) {
    return byName("mobilenet", shape, classes);
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

  private static Network buildLenet(NetworkBuilder net, int classes) {
    square(net, 32, 1).maxPool(2);
    square(net, 64, 1).maxPool(2);
    return net.flatten().dense(128).relu().dropout(DROPOUT).dense(classes).build();
  }

  private static Network buildVgg(NetworkBuilder net, int classes) {
    for (int filters : new int[] {64, 128, 256}) {
      square(net, filters, 1);
      square(net, filters, 1).maxPool(2);
    }
    return net.flatten().dense(256).relu().dropout(DROPOUT).dense(classes).build();
  }

  private static Network buildResnet18(NetworkBuilder net, int classes) {
    square(net, 64, 1);
    for (int filters : new int[] {64, 128, 256, 512}) {
      basicBlock(net, filters, filters == 64 ? 1 : 2);
      basicBlock(net, filters, 1);
    }
    return net.globalAveragePool().flatten().dense(classes).build();
  }

  private static Network buildMobilenet(NetworkBuilder net, int classes) {
    square(net, 32, 1);
    int[][] filtersAndStrides = {
      {64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2}, {512, 1}
    };
    for (int[] step : filtersAndStrides) {
      int channels = net.shape().length(0);
      block(net, channels, 3, c -> c.stride(step[1]).groups(channels));
      block(net, step[0], 1, UnaryOperator.identity());
    }
    return net.globalAveragePool().flatten().dense(classes).build();
  }

  private static void basicBlock(NetworkBuilder net, int filters, int stride) {
    boolean projects = stride != 1 || net.shape().length(0) != filters;
    net.residual(
            body ->
                square(body, filters, stride).conv2d(filters, 3, c -> c.bias(false)).batchNorm(),
            shortcut ->
                projects
                    ? shortcut.conv2d(filters, 1, c -> c.stride(stride).bias(false)).batchNorm()
                    : shortcut)
        .relu();
  }

  private static NetworkBuilder square(NetworkBuilder net, int filters, int stride) {
    return block(net, filters, 3, c -> c.stride(stride));
  }

  private static NetworkBuilder block(
      NetworkBuilder net, int filters, int size, UnaryOperator<ConvolutionSettings> settings) {
    return net.conv2d(filters, size, c -> settings.apply(c).bias(false)).batchNorm().relu();
  }
}
