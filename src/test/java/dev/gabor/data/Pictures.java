package dev.gabor.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Small pictures for tests. */
public final class Pictures {
  private Pictures() {}

  /** A picture of one colour in the format of its ending; makes the folders above it. */
  public static Path plain(Path file, int width, int height, int rgb) throws IOException {
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < width * height; i++) {
      picture.setRGB(i % width, i / width, rgb);
    }
    return write(file, picture);
  }

  /** A picture without colour. */
  public static Path grey(Path file, int width, int height, int value) throws IOException {
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < width * height; i++) {
      picture.getRaster().setSample(i % width, i / width, 0, value);
    }
    return write(file, picture);
  }

  private static Path write(Path file, BufferedImage picture) throws IOException {
    Files.createDirectories(file.getParent());
    String name = file.getFileName().toString();
    ImageIO.write(picture, name.substring(name.lastIndexOf('.') + 1), file.toFile());
    return file;
  }

  /** Two classes, dark and light, with some pictures of 8×8 each. */
  public static Path twoClasses(Path folder, int each) throws IOException {
    for (int i = 0; i < each; i++) {
      plain(folder.resolve("dark").resolve(i + ".png"), 8, 8, 0x101010 * (i % 4) + i % 3);
      plain(
          folder.resolve("light").resolve(i + ".png"), 8, 8, 0xF0F0F0 - 0x101010 * (i % 4) + i % 3);
    }
    return folder;
  }

  /** Bytes that only claim to be a PNG. */
  public static Path damaged(Path file) throws IOException {
    byte[] whole = Files.readAllBytes(plain(file, 40, 40, 0x123456));
    return Files.write(file, java.util.Arrays.copyOf(whole, 60));
  }
}
