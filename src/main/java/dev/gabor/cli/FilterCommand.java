package dev.gabor.cli;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Padding;
import dev.gabor.data.PictureFile;
import dev.gabor.image.Display;
import dev.gabor.image.FilterKernel;
import dev.gabor.image.ImageFilter;
import dev.gabor.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs a classic filter over a picture. */
@Command(
    name = "filter",
    description =
        "Filters a picture through the convolution operator: blur, edges, emboss, or weights of"
            + " one's own. Filters whose weights sum to 0 show 0 as middle grey.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class FilterCommand implements Runnable {
  private static final float WHITE = 255;

  @Spec private CommandSpec spec;
  @Mixin private DeviceOption device;

  @Option(
      names = "--kernel",
      paramLabel = "NAME|FILE",
      required = true,
      description =
          "identity, mean, gaussian, sobel-left, sobel-right, sobel-top, sobel-bottom, emboss, or a"
              + " text file with a row of numbers in each line.")
  private String kernel;

  @Option(
      names = "--size",
      paramLabel = "K",
      defaultValue = "3",
      description = "Rows and columns of a named kernel, odd; default ${DEFAULT-VALUE}.")
  private int size;

  @Option(
      names = "--sigma",
      paramLabel = "X",
      defaultValue = "0",
      description = "Of gaussian, in pixels; default 0.3 ((K - 1) / 2 - 1) + 0.8.")
  private double sigma;

  @Option(
      names = "--border",
      paramLabel = "KIND",
      defaultValue = "zero",
      description =
          "What lies outside the picture: zero, reflect or replicate; default ${DEFAULT-VALUE}.")
  private String border;

  @Option(names = "--grey", description = "Make the picture grey first.")
  private boolean grey;

  @Parameters(index = "0", paramLabel = "IN", description = "A picture: PNG, JPEG, GIF, BMP.")
  private Path in;

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "The result, by its ending: .png, .jpg, .bmp or .gif.")
  private Path out;

  @Override
  public void run() {
    FilterKernel filter = kernel();
    Padding.Mode mode = mode();
    PictureWriter writer = new PictureWriter(out);
    Tensor picture = PictureFile.read(in, grey || PictureFile.isGrey(in) ? 1 : 3);
    for (int i = 0; i < picture.data().length; i++) {
      // Whole numbers, on which kernels of whole numbers are exact.
      picture.data()[i] = Math.round(picture.data()[i] * WHITE);
    }
    try (Backend backend = device.open(spec.commandLine().getErr());
        ImageFilter bound = new ImageFilter(backend, filter, picture.shape(), mode)) {
      writer.write(Display.of(filter, bound.apply(picture)));
    }
  }

  private FilterKernel kernel() {
    Path file = Path.of(kernel);
    return !FilterKernel.NAMES.contains(kernel) && Files.isRegularFile(file)
        ? FilterKernel.read(file)
        : FilterKernel.byName(kernel, size, sigma);
  }

  private Padding.Mode mode() {
    return switch (border) {
      case "zero" -> Padding.Mode.CONSTANT;
      case "reflect" -> Padding.Mode.REFLECT;
      case "replicate" -> Padding.Mode.REPLICATE;
      default ->
          throw new IllegalArgumentException(
              "unknown border " + border + ", expected one of zero, reflect, replicate");
    };
  }
}
