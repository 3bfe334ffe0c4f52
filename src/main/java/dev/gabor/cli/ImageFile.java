package dev.gabor.cli;

import dev.gabor.data.DataException;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Reads a picture (PNG, JPEG, GIF, BMP) as a sample of a network. */
final class ImageFile {
  // ITU-R BT.601, as in the grey conversions of PIL and PyTorch.
  private static final float RED = 0.299f;
  private static final float GREEN = 0.587f;
  private static final float BLUE = 0.114f;

  private ImageFile() {}

  /**
   * Reads a picture, scaled to the rows and columns of the shape by area averages or bilinearly.
   *
   * @param shape (1,H,W) for grey or (3,H,W) for red, green, blue
   * @return the values in [0,1]
   * @throws DataException if the file is missing or holds no picture that can be read
   */
  static Tensor read(Path file, Shape shape) {
    int channels = shape.length(0);
    if (channels != 1 && channels != 3) {
      throw new DataException(
          file + ": a picture has 1 or 3 channels, but the model takes " + channels);
    }
    BufferedImage picture = scaled(decode(file), shape.length(2), shape.length(1));
    Tensor sample = Tensor.zeros(shape);
    int plane = shape.length(1) * shape.length(2);
    int[] pixels = picture.getRGB(0, 0, shape.length(2), shape.length(1), null, 0, shape.length(2));
    for (int i = 0; i < plane; i++) {
      float red = (pixels[i] >> 16 & 255) / 255f;
      float green = (pixels[i] >> 8 & 255) / 255f;
      float blue = (pixels[i] & 255) / 255f;
      if (channels == 1) {
        sample.data()[i] = RED * red + GREEN * green + BLUE * blue;
      } else {
        sample.data()[i] = red;
        sample.data()[plane + i] = green;
        sample.data()[2 * plane + i] = blue;
      }
    }
    return sample;
  }

  private static BufferedImage decode(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new DataException(file + ": file not found");
    }
    try {
      BufferedImage picture = ImageIO.read(file.toFile());
      if (picture == null) {
        throw new DataException(file + ": not a picture: expected PNG, JPEG, GIF or BMP");
      }
      return picture;
    } catch (IOException | IndexOutOfBoundsException e) {
      throw new DataException(file + ": damaged picture: " + e.getMessage(), e);
    }
  }

  /** Halves until less than a factor of two is left, so that no pixel is passed over. */
  private static BufferedImage scaled(BufferedImage picture, int width, int height) {
    int w = picture.getWidth();
    int h = picture.getHeight();
    BufferedImage current = drawn(picture, w, h);
    while (w != width || h != height) {
      w = w > width ? Math.max(width, w / 2) : width;
      h = h > height ? Math.max(height, h / 2) : height;
      current = drawn(current, w, h);
    }
    return current;
  }

  /** Transparent parts become black. */
  private static BufferedImage drawn(BufferedImage picture, int width, int height) {
    BufferedImage target = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = target.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(picture, 0, 0, width, height, null);
    graphics.dispose();
    return target;
  }
}
