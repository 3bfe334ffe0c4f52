package dev.gabor.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Backends;
import dev.gabor.backend.Padding;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.data.DataException;
import dev.gabor.data.PictureFile;
import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ImageFilterTest {
  private static final Path PHOTOGRAPHS = Path.of("..", "shared", "data", "images");

  @TempDir private Path folder;

  private static Tensor noise(int channels, int height, int width) {
    Tensor image = Tensor.zeros(channels, height, width);
    Philox random = new Philox(7, channels);
    for (int i = 0; i < image.data().length; i++) {
      image.data()[i] = random.nextInt(256);
    }
    return image;
  }

  /** A photograph where there are some, else noise of an odd size. */
  private static List<Tensor> images() {
    Path camera = PHOTOGRAPHS.resolve("camera.png");
    if (!Files.exists(camera)) {
      return List.of(noise(1, 37, 51), noise(3, 33, 29));
    }
    Tensor photograph = PictureFile.read(camera, 1);
    for (int i = 0; i < photograph.data().length; i++) {
      photograph.data()[i] = Math.round(photograph.data()[i] * 255);
    }
    return List.of(noise(1, 37, 51), noise(3, 33, 29), photograph);
  }

  private static Tensor run(
      Backend backend, FilterKernel kernel, Tensor image, Padding.Mode border) {
    try (ImageFilter filter = new ImageFilter(backend, kernel, image.shape(), border)) {
      return filter.apply(image);
    }
  }

  /** The formula, in whole numbers. */
  private static long at(
      FilterKernel kernel, Tensor image, Padding.Mode border, int c, int row, int column) {
    int height = image.shape().length(1);
    int width = image.shape().length(2);
    long sum = 0;
    for (int r = 0; r < kernel.rows(); r++) {
      for (int s = 0; s < kernel.columns(); s++) {
        int h = inside(row + r - kernel.rows() / 2, height, border);
        int w = inside(column + s - kernel.columns() / 2, width, border);
        long weight = (long) kernel.weights().data()[r * kernel.columns() + s];
        sum += h < 0 || w < 0 ? 0 : weight * (long) image.data()[(c * height + h) * width + w];
      }
    }
    return sum;
  }

  private static int inside(int index, int length, Padding.Mode border) {
    if (index >= 0 && index < length) {
      return index;
    }
    return switch (border) {
      case CONSTANT -> -1;
      case REPLICATE -> index < 0 ? 0 : length - 1;
      case REFLECT -> index < 0 ? -index : 2 * (length - 1) - index;
    };
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void kernelsOfWholeNumbersAreExact(Backends.Opener opener) {
    try (Backend backend = opener.open()) {
      for (String name : FilterKernel.NAMES) {
        for (int size : new int[] {3, 5}) {
          FilterKernel kernel = FilterKernel.byName(name, size, 0);
          if (name.equals("gaussian")) {
            continue;
          }
          for (Padding.Mode border : Padding.Mode.values()) {
            Tensor image = noise(3, 13, 7);
            Tensor result = run(backend, kernel, image, border);
            for (int i = 0; i < result.data().length; i++) {
              long sum = at(kernel, image, border, i / 91, i / 7 % 13, i % 7);
              assertThat(result.data()[i])
                  .as("%s %s at %d", kernel, border, i)
                  .isEqualTo((float) sum / kernel.divisor());
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void devicesGiveTheBitsOfTheReference(Backends.Opener opener) {
    try (Backend device = opener.open();
        Backend reference = new ReferenceBackend()) {
      for (Tensor image : images()) {
        for (String name : FilterKernel.NAMES) {
          for (int size : new int[] {3, 7}) {
            FilterKernel kernel = FilterKernel.byName(name, size, 0);
            float[] expected = run(reference, kernel, image, Padding.Mode.REFLECT).data();
            float[] actual = run(device, kernel, image, Padding.Mode.REFLECT).data();
            if (name.equals("gaussian")) {
              assertThat(actual).containsExactly(expected, within(1e-3f));
            } else {
              assertThat(actual).as("%s %s", kernel, image.shape()).isEqualTo(expected);
            }
          }
        }
      }
    }
  }

  @Test
  void theKernelsAreThoseOfTheBooks() {
    assertThat(FilterKernel.byName("sobel-left", 3, 0).weights().data())
        .containsExactly(1, 0, -1, 2, 0, -2, 1, 0, -1);
    assertThat(FilterKernel.byName("sobel-right", 3, 0).weights().data())
        .containsExactly(-1, 0, 1, -2, 0, 2, -1, 0, 1);
    assertThat(FilterKernel.byName("sobel-top", 3, 0).weights().data())
        .containsExactly(1, 2, 1, 0, 0, 0, -1, -2, -1);
    assertThat(FilterKernel.byName("sobel-bottom", 3, 0).weights().data())
        .containsExactly(-1, -2, -1, 0, 0, 0, 1, 2, 1);
    // OpenCV's getDerivKernels(1, 0, 5): -1 -2 0 2 1 by 1 4 6 4 1.
    assertThat(FilterKernel.byName("sobel-right", 5, 0).weights().data())
        .startsWith(-1, -2, 0, 2, 1, -4, -8, 0, 8, 4, -6, -12, 0, 12, 6);
    assertThat(FilterKernel.byName("emboss", 3, 0).weights().data())
        .containsExactly(-2, -1, 0, -1, 1, 1, 0, 1, 2);
    assertThat(FilterKernel.byName("identity", 3, 0).weights().data())
        .containsExactly(0, 0, 0, 0, 1, 0, 0, 0, 0);
    assertThat(FilterKernel.byName("mean", 5, 0).sum()).isEqualTo(1);
    FilterKernel bell = FilterKernel.byName("gaussian", 5, 1.5);
    assertThat(bell.sum()).isCloseTo(1, within(1e-6));
    // exp(-0.5 (2/1.5)²) between the middle and the end of the middle row.
    assertThat(bell.weights().data()[10] / bell.weights().data()[12])
        .isCloseTo((float) Math.exp(-0.5 * 16 / 9), within(1e-6f));
  }

  @Test
  void signedResultsStandAroundMiddleGrey() {
    FilterKernel left = FilterKernel.byName("sobel-left", 3, 0);
    // White on the left, black on the right: the largest slope that there is, and its opposite.
    Tensor edge = Tensor.of(Shape.of(1, 1, 5), 255, 255, 0, 255, 255);
    try (Backend backend = new ReferenceBackend()) {
      Tensor slope = run(backend, left, edge, Padding.Mode.REPLICATE);
      assertThat(slope.data()).containsExactly(0, 1020, 0, -1020, 0);
      assertThat(Display.of(left, slope).data()).containsExactly(128, 255, 128, 1, 128);
    }
    FilterKernel emboss = FilterKernel.byName("emboss", 3, 0);
    Tensor result = Tensor.of(Shape.of(1, 1, 3), -7, 100.4f, 300);
    assertThat(Display.of(emboss, result).data()).containsExactly(0, 100, 255);
  }

  @Test
  void kernelsAreReadFromText() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("k.txt"),
            "# binomial\n1/16, 2/16, 1/16\n\n.125 .25 .125\n1/16 2/16 1/16");
    FilterKernel kernel = FilterKernel.read(file);
    assertThat(kernel.weights().data())
        .containsExactly(.0625f, .125f, .0625f, .125f, .25f, .125f, .0625f, .125f, .0625f);
    Path row = Files.writeString(folder.resolve("row.txt"), "-1 0 1");
    assertThat(FilterKernel.read(row)).hasToString("row.txt 1x3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1 2 1;1 2|line 2: expected 3 numbers as above, found 2",
        "1 x 1|line 1: expected a number, found x",
        "1 2;3 4|expected an odd number of rows and of columns, found (2,2)",
        "# nothing|expected rows of numbers, found none",
        "1/0|expected finite weights",
      })
  void badTextIsNamed(String text, String fault) throws IOException {
    Path file = Files.writeString(folder.resolve("k.txt"), text.replace(';', '\n'));
    assertThatThrownBy(() -> FilterKernel.read(file))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(fault);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mean|2|size: expected an odd number from 1 to 255, found 2",
        "sobel-top|1|size: expected an odd number from 3 to 255, found 1",
        "mean|257|found 257",
        "median|3|unknown kernel median, expected one of identity, mean",
      })
  void badNamesAndSizesAreRefused(String name, int size, String fault) {
    assertThatThrownBy(() -> FilterKernel.byName(name, size, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(fault);
  }

  @Test
  void bordersAndShapesAreChecked() {
    try (Backend backend = new ReferenceBackend()) {
      FilterKernel mean = FilterKernel.mean(9);
      Shape small = Shape.of(1, 4, 9);
      assertThatThrownBy(() -> new ImageFilter(backend, mean, small, Padding.Mode.REFLECT))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("reflected borders need to be smaller than the image");
      try (ImageFilter filter = new ImageFilter(backend, mean, small, Padding.Mode.CONSTANT)) {
        assertThatThrownBy(() -> filter.apply(Tensor.zeros(1, 9, 4)))
            .hasMessage("filter: expected an image (1,4,9), found (1,9,4)");
      }
      assertThatThrownBy(() -> FilterKernel.gaussian(3, -1)).hasMessageContaining("sigma");
    }
  }
}
