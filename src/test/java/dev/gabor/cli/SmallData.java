package dev.gabor.cli;

import dev.gabor.data.Dataset;
import dev.gabor.data.StrokeDigits;
import java.awt.image.BufferedImage;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** A folder of IDX files with a few stroke digits, and a network that learns them fast. */
final class SmallData {
  static final int TEST_SIZE = 100;
  private static final int TRAIN_SIZE = 400;
  private static final String NETWORK =
      """
      {"layers":[{"name":"input","operator":"input","shape":[1,28,28]},
       {"name":"pool","operator":"pool","inputs":["input"],
        "settings":{"kind":"average","window_h":2,"window_w":2}},
       {"name":"flat","operator":"flatten","inputs":["pool"],"settings":{}},
       {"name":"dense","operator":"dense","inputs":["flat"],"settings":{"units":10}}]}
      """;

  private SmallData() {}

  /** Writes training and test set into a new folder. */
  static Path in(Path parent) throws IOException {
    Path folder = Files.createDirectory(parent.resolve("data"));
    write(StrokeDigits.train(7, TRAIN_SIZE), folder, "train");
    write(StrokeDigits.test(7, TEST_SIZE), folder, "t10k");
    return folder;
  }

  /** Writes a network of one dense layer. */
  static Path network(Path parent) throws IOException {
    return Files.writeString(parent.resolve("network.json"), NETWORK);
  }

  /** Writes one test digit as a PNG. */
  static Path picture(Path parent, int index) throws IOException {
    Dataset digits = StrokeDigits.test(7, TEST_SIZE);
    float[] sample = new float[digits.shape().arrayLength()];
    digits.read(index, sample, 0);
    BufferedImage picture = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < sample.length; i++) {
      picture.getRaster().setSample(i % 28, i / 28, 0, Math.round(sample[i] * 255));
    }
    Path file = parent.resolve("digit" + index + ".png");
    ImageIO.write(picture, "png", file.toFile());
    return file;
  }

  private static void write(Dataset digits, Path folder, String part) throws IOException {
    int size = digits.shape().arrayLength();
    float[] sample = new float[size];
    try (DataOutputStream images = open(folder.resolve(part + "-images-idx3-ubyte"));
        DataOutputStream labels = open(folder.resolve(part + "-labels-idx1-ubyte"))) {
      for (int word : new int[] {0x803, digits.size(), 28, 28}) {
        images.writeInt(word);
      }
      labels.writeInt(0x801);
      labels.writeInt(digits.size());
      for (int i = 0; i < digits.size(); i++) {
        digits.read(i, sample, 0);
        for (float value : sample) {
          images.writeByte(Math.round(value * 255));
        }
        labels.writeByte(digits.label(i));
      }
    }
  }

  private static DataOutputStream open(Path file) throws IOException {
    return new DataOutputStream(new java.io.BufferedOutputStream(Files.newOutputStream(file)));
  }
}
