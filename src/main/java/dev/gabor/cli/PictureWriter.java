package dev.gabor.cli;

import dev.gabor.data.DataException;
import dev.gabor.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;

/** Writes a picture in the format of its ending; it appears under its name when it is complete. */
final class PictureWriter {
  private static final Set<String> FORMATS = Set.of("png", "jpg", "jpeg", "bmp", "gif");

  private final Path file;
  private final String format;

  /** Checks the ending, before anything is computed. */
  PictureWriter(Path file) {
    String name = file.getFileName().toString();
    String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    if (!FORMATS.contains(ending)) {
      throw new IllegalArgumentException(
          file + ": expected a name that ends with .png, .jpg, .bmp or .gif");
    }
    this.file = file;
    this.format = ending;
  }

  /**
   * Writes values from 0 to 255.
   *
   * @param image (1,H,W) or (3,H,W)
   */
  void write(Tensor image) {
    try (PartFile part = new PartFile(file)) {
      try {
        if (!ImageIO.write(picture(image), format, part.path().toFile())) {
          throw new DataException(file + ": this Java writes no " + format);
        }
      } catch (IOException e) {
        throw part.unwritable(e);
      }
      part.commit();
    }
  }

  private static BufferedImage picture(Tensor image) {
    int channels = image.shape().length(0);
    int height = image.shape().length(1);
    int width = image.shape().length(2);
    int type = channels == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB;
    BufferedImage picture = new BufferedImage(width, height, type);
    float[] values = image.data();
    for (int h = 0; h < height; h++) {
      for (int w = 0; w < width; w++) {
        for (int c = 0; c < channels; c++) {
          // The raster, because setRGB would correct the brightness of grey.
          picture.getRaster().setSample(w, h, c, (int) values[(c * height + h) * width + w]);
        }
      }
    }
    return picture;
  }
}
