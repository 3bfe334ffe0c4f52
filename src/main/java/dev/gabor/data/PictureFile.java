package dev.gabor.data;

import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.ImageInputStream;

/**
 * Reads pictures (PNG, JPEG, GIF, BMP) as samples. Transparent parts become black; of an animation
 * the first picture counts; a turn noted in EXIF data is not made. Colour becomes grey by ITU-R
 * BT.601, as in PIL and torchvision.
 */
public final class PictureFile {
  private static final float RED = 0.299f;
  private static final float GREEN = 0.587f;
  private static final float BLUE = 0.114f;
  private static final long MOST_PIXELS = 1L << 28;

  /**
   * What the head of a file says.
   *
   * @param height rows
   * @param width columns
   * @param grey whether its pixels have no colour
   */
  record Head(int height, int width, boolean grey) {}

  private PictureFile() {}

  /**
   * Reads a picture, stretched to the rows and columns of the shape by area averages or bilinearly.
   *
   * @param shape (1,H,W) for grey or (3,H,W) for red, green, blue
   * @return the values in [0,1]
   * @throws DataException if the file is missing or holds no picture that can be read
   */
  public static Tensor read(Path file, Shape shape) {
    return read(file, shape, PictureFit.STRETCH);
  }

  /** The same, with a choice of fit. */
  public static Tensor read(Path file, Shape shape, PictureFit fit) {
    Tensor sample = Tensor.zeros(shape);
    read(file, shape, fit, sample.data(), 0);
    return sample;
  }

  /**
   * Reads a picture as large as it is.
   *
   * @param channels 1 for grey or 3 for red, green, blue
   * @return (channels,H,W), values in [0,1]
   */
  public static Tensor read(Path file, int channels) {
    BufferedImage picture = decode(file);
    Tensor sample = Tensor.zeros(channels, picture.getHeight(), picture.getWidth());
    copy(drawn(picture, picture.getWidth(), picture.getHeight()), 0, 0, sample, 0);
    return sample;
  }

  /** The shape (1,H,W) or (3,H,W) of a picture as it is, read from the head of its file. */
  public static Shape shape(Path file) {
    Head head = head(file);
    return Shape.of(head.grey() ? 1 : 3, head.height(), head.width());
  }

  /** Whether a file holds a picture without colour. */
  public static boolean isGrey(Path file) {
    return head(file).grey();
  }

  /** Reads into the {@code shape.size()} values of the target from the offset on. */
  static void read(Path file, Shape shape, PictureFit fit, float[] target, int offset) {
    int channels = shape.length(0);
    if (channels != 1 && channels != 3) {
      throw new DataException(
          file + ": a picture has 1 or 3 channels, but the model takes " + channels);
    }
    BufferedImage picture = decode(file);
    int height = shape.length(1);
    int width = shape.length(2);
    int coverHeight = height;
    int coverWidth = width;
    if (fit == PictureFit.CROP) {
      double factor =
          Math.max((double) height / picture.getHeight(), (double) width / picture.getWidth());
      coverHeight = Math.max(height, (int) Math.round(factor * picture.getHeight()));
      coverWidth = Math.max(width, (int) Math.round(factor * picture.getWidth()));
    }
    copy(
        scaled(picture, coverWidth, coverHeight),
        (coverHeight - height) / 2,
        (coverWidth - width) / 2,
        new Window(channels, height, width, target, offset));
  }

  /** Where pixels go. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Window(int channels, int height, int width, float[] target, int offset) {}

  private static void copy(BufferedImage picture, int top, int left, Tensor sample, int offset) {
    Shape shape = sample.shape();
    copy(
        picture,
        top,
        left,
        new Window(shape.length(0), shape.length(1), shape.length(2), sample.data(), offset));
  }

  private static void copy(BufferedImage picture, int top, int left, Window to) {
    int plane = to.height * to.width;
    int[] pixels = picture.getRGB(left, top, to.width, to.height, null, 0, to.width);
    float[] target = to.target;
    for (int i = 0; i < plane; i++) {
      float red = (pixels[i] >> 16 & 255) / 255f;
      float green = (pixels[i] >> 8 & 255) / 255f;
      float blue = (pixels[i] & 255) / 255f;
      if (to.channels == 1) {
        boolean grey = red == green && green == blue;
        target[to.offset + i] = grey ? red : RED * red + GREEN * green + BLUE * blue;
      } else {
        target[to.offset + i] = red;
        target[to.offset + plane + i] = green;
        target[to.offset + 2 * plane + i] = blue;
      }
    }
  }

  /** The size and kind of a picture, without decoding its pixels. */
  static Head head(Path file) {
    requireFile(file);
    try (ImageInputStream stream = ImageIO.createImageInputStream(file.toFile())) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
      if (!readers.hasNext()) {
        throw notAPicture(file);
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(stream, true, true);
        ImageTypeSpecifier type = reader.getRawImageType(0);
        boolean grey =
            type != null && type.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_GRAY;
        Head head = new Head(reader.getHeight(0), reader.getWidth(0), grey);
        if ((long) head.height * head.width > MOST_PIXELS) {
          throw new DataException(
              "%s: %d×%d pixels: expected at most %d in all"
                  .formatted(file, head.width, head.height, MOST_PIXELS));
        }
        return head;
      } finally {
        reader.dispose();
      }
    } catch (DataException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // Readers of damaged files throw whatever comes up.
      throw damaged(file, e);
    }
  }

  private static BufferedImage decode(Path file) {
    head(file);
    try {
      BufferedImage picture = ImageIO.read(file.toFile());
      if (picture == null) {
        throw notAPicture(file);
      }
      return picture;
    } catch (DataException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw damaged(file, e);
    }
  }

  private static void requireFile(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new DataException(file + ": file not found");
    }
  }

  private static DataException notAPicture(Path file) {
    return new DataException(file + ": not a picture: expected PNG, JPEG, GIF or BMP");
  }

  private static DataException damaged(Path file, Exception cause) {
    String why = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    return new DataException(file + ": damaged picture: " + why, cause);
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
