package dev.gabor.bench;

import dev.gabor.backend.Convolution;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Convolutions worth measuring, and the way a command line names one. */
public final class ConvolutionShapes {
  private static final String FORM = "N,C,H,W,K,R,S,stride,pad[,dilation[,groups]]";
  private static final int NETWORK_BATCH = 8;

  private ConvolutionShapes() {}

  /**
   * Reads a convolution: {@value #FORM}; dilation and groups are 1 where they are not given.
   *
   * @throws IllegalArgumentException if it is not that, or the sizes do not fit together
   */
  public static Convolution parse(String text) {
    String[] words = text.split(",", -1);
    if (words.length < 9 || words.length > 11) {
      throw refused(text, "found " + words.length + " numbers");
    }
    int[] numbers = new int[11];
    Arrays.fill(numbers, 1);
    for (int i = 0; i < words.length; i++) {
      try {
        numbers[i] = Integer.parseInt(words[i].strip());
      } catch (NumberFormatException e) {
        throw refused(text, "found \"" + words[i] + "\" as number " + (i + 1));
      }
    }
    try {
      return of(numbers);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("convolution " + text + ": " + e.getMessage(), e);
    }
  }

  /**
   * The table that a shape stands in, with as many images if possible, else with others.
   *
   * @param shape as a convolution calls itself
   */
  public static String tableOf(String shape) {
    Map<String, List<Convolution>> tables = new LinkedHashMap<>();
    tables.put("Standard shapes", standard());
    tables.put("ResNet-50", resnet50());
    tables.put("VGG-16", vgg16());
    tables.put("MobileNetV2", mobilenet());
    return tableOf(tables, Convolution::toString, shape)
        .or(() -> tableOf(tables, c -> withoutBatch(c.toString()), withoutBatch(shape)))
        .orElse("Chosen shapes");
  }

  private static Optional<String> tableOf(
      Map<String, List<Convolution>> tables, Function<Convolution, String> key, String wanted) {
    return tables.entrySet().stream()
        .filter(table -> table.getValue().stream().map(key).anyMatch(wanted::equals))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private static String withoutBatch(String shape) {
    return shape.substring(shape.indexOf(',') + 1);
  }

  /** Ten usual shapes of image networks and a depthwise one. */
  public static List<Convolution> standard() {
    return table(
        "32,1,28,28,32,3,3,1,1",
        "32,32,28,28,64,3,3,1,1",
        "16,64,56,56,64,3,3,1,1",
        "16,128,28,28,128,3,3,1,1",
        "16,256,14,14,256,3,3,1,1",
        "16,512,7,7,512,3,3,1,1",
        "16,64,56,56,256,1,1,1,0",
        "16,256,56,56,64,1,1,1,0",
        "16,128,56,56,128,3,3,2,1",
        "8,3,224,224,64,7,7,2,3",
        "32,128,28,28,128,3,3,1,1,1,128");
  }

  /** The convolution that leads back from a usual transposed one (Radford et al. 2016). */
  static Convolution halving() {
    return parse("16,64,56,56,128,4,4,2,1");
  }

  /** One of each kind of the standard shapes: 3×3, 1×1, depthwise. */
  public static List<Convolution> few() {
    return table(
        "16,128,28,28,128,3,3,1,1", "16,64,56,56,256,1,1,1,0", "32,128,28,28,128,3,3,1,1,1,128");
  }

  /** The shapes of ResNet-50, VGG-16 and MobileNetV2 at 224×224, each once, 8 images. */
  public static List<Convolution> networks() {
    List<Convolution> all = new ArrayList<>(resnet50());
    all.addAll(vgg16());
    all.addAll(mobilenet());
    return all.stream().distinct().toList();
  }

  /** ResNet-50 with the stride in the 3×3 convolutions (He et al. 2016; PyTorch's variant). */
  static List<Convolution> resnet50() {
    List<Convolution> all = new ArrayList<>();
    all.add(square(3, 224, 64, 7, 2, 1));
    int channels = 64;
    int side = 56;
    for (int width = 64; width <= 512; width *= 2) {
      int stride = width == 64 ? 1 : 2;
      all.add(square(channels, side, width, 1, 1, 1));
      all.add(square(width, side, width, 3, stride, 1));
      all.add(square(channels, side, 4 * width, 1, stride, 1));
      side /= stride;
      channels = 4 * width;
      all.add(square(width, side, channels, 1, 1, 1));
      all.add(square(channels, side, width, 1, 1, 1));
      all.add(square(width, side, width, 3, 1, 1));
    }
    return all.stream().distinct().toList();
  }

  /** VGG-16 (Simonyan and Zisserman 2014). */
  static List<Convolution> vgg16() {
    List<Convolution> all = new ArrayList<>();
    int channels = 3;
    int side = 224;
    for (int filters : new int[] {64, 128, 256, 512, 512}) {
      all.add(square(channels, side, filters, 3, 1, 1));
      all.add(square(filters, side, filters, 3, 1, 1));
      channels = filters;
      side /= 2;
    }
    return all.stream().distinct().toList();
  }

  /** MobileNetV2 (Sandler et al. 2018): expansion, filters, repeats, stride of table 2. */
  static List<Convolution> mobilenet() {
    int[][] rows = {
      {1, 16, 1, 1},
      {6, 24, 2, 2},
      {6, 32, 3, 2},
      {6, 64, 4, 2},
      {6, 96, 3, 1},
      {6, 160, 3, 2},
      {6, 320, 1, 1}
    };
    List<Convolution> all = new ArrayList<>();
    all.add(square(3, 224, 32, 3, 2, 1));
    int channels = 32;
    int side = 112;
    for (int[] row : rows) {
      for (int repeat = 0; repeat < row[2]; repeat++) {
        int stride = repeat == 0 ? row[3] : 1;
        int wide = row[0] * channels;
        if (row[0] > 1) {
          all.add(square(channels, side, wide, 1, 1, 1));
        }
        all.add(square(wide, side, wide, 3, stride, wide));
        side /= stride;
        all.add(square(wide, side, row[1], 1, 1, 1));
        channels = row[1];
      }
    }
    all.add(square(320, 7, 1280, 1, 1, 1));
    return all.stream().distinct().toList();
  }

  private static Convolution square(int c, int side, int k, int filter, int stride, int groups) {
    return Convolution.of(
        NETWORK_BATCH, c, side, side, k, filter, filter, stride, filter / 2, 1, groups);
  }

  private static List<Convolution> table(String... rows) {
    return Arrays.stream(rows).map(ConvolutionShapes::parse).toList();
  }

  private static Convolution of(int[] n) {
    return Convolution.of(n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10]);
  }

  private static IllegalArgumentException refused(String text, String found) {
    return new IllegalArgumentException(
        "convolution " + text + ": expected " + FORM + ", " + found);
  }
}
