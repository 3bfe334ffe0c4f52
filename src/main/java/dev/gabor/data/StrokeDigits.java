package dev.gabor.data;

import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The embedded default data set: hand-drawn digits 0 to 9 that Gabor draws itself, 1×28×28, white
 * on black. Every image is one of the ways to write its digit, with shaken points, turned, slanted,
 * scaled and shifted, drawn with a pen of random width and brightness, under random noise.
 *
 * <p>Sample {@code i} depends only on (seed, part, i) and has the label {@code i mod 10}; it is the
 * same on every machine, whatever the size of the set.
 */
public final class StrokeDigits {
  /** The number of training images where none is asked for. */
  public static final int TRAIN_SIZE = 10_000;

  /** The number of test images where none is asked for. */
  public static final int TEST_SIZE = 2_000;

  private static final int SIDE = 28;
  private static final double MAX_TURN = 0.35;
  private static final double MAX_SLANT = 0.3;
  private static final double MAX_SHIFT = 3.0;
  private static final double JITTER = 0.05;
  private static final double NOISE = 0.10;
  private static final double MAX_HALF_WIDTH = 1.7;
  private static final long TEST_STREAMS = 1L << 40;

  private StrokeDigits() {}

  /** The training set of a seed, {@value #TRAIN_SIZE} images. */
  public static ByteDataset train(long seed) {
    return train(seed, TRAIN_SIZE);
  }

  /** The test set of a seed, {@value #TEST_SIZE} images, none of them in the training set. */
  public static ByteDataset test(long seed) {
    return test(seed, TEST_SIZE);
  }

  /** The first {@code size} training images of a seed. */
  public static ByteDataset train(long seed, int size) {
    return draw(seed, 0, size);
  }

  /** The first {@code size} test images of a seed. */
  public static ByteDataset test(long seed, int size) {
    return draw(seed, TEST_STREAMS, size);
  }

  private static ByteDataset draw(long seed, long firstStream, int size) {
    if (size < 1 || size > Integer.MAX_VALUE / (SIDE * SIDE)) {
      throw new IllegalArgumentException(
          "stroke digits: size %d: expected 1 to %d"
              .formatted(size, Integer.MAX_VALUE / (SIDE * SIDE)));
    }
    byte[] pixels = new byte[size * SIDE * SIDE];
    byte[] labels = new byte[size];
    IntStream.range(0, size)
        .parallel()
        .forEach(
            i -> {
              int digit = i % StrokeGlyph.classes();
              labels[i] = (byte) digit;
              draw(digit, new Philox(seed, firstStream + i), pixels, i * SIDE * SIDE);
            });
    List<String> names =
        IntStream.range(0, StrokeGlyph.classes()).mapToObj(Integer::toString).toList();
    return new ByteDataset(Shape.of(1, SIDE, SIDE), names, pixels, labels);
  }

  private static void draw(int digit, Philox random, byte[] pixels, int offset) {
    StrokeGlyph[] variants = StrokeGlyph.variants(digit);
    StrokeGlyph glyph = variants[random.nextInt(variants.length)];
    double[] points = warp(glyph.points(), random);
    StrokeCanvas canvas = new StrokeCanvas(SIDE, MAX_HALF_WIDTH + 1);
    for (int[] curve : glyph.curves()) {
      int a = 2 * curve[0];
      int b = 2 * curve[1];
      if (curve.length == 2) {
        canvas.line(points[a], points[a + 1], points[b], points[b + 1]);
      } else {
        int c = 2 * curve[2];
        canvas.curve(points[a], points[a + 1], points[b], points[b + 1], points[c], points[c + 1]);
      }
    }
    double halfWidth = between(random, 0.6, MAX_HALF_WIDTH);
    double brightness = between(random, 0.65, 1.0);
    double noise = between(random, 0, NOISE);
    for (int i = 0; i < SIDE * SIDE; i++) {
      double value = brightness * canvas.coverage(i, halfWidth) + noise * bell(random.nextInt());
      pixels[offset + i] = (byte) Math.max(0, Math.min(255, (int) (value * 255 + 0.5)));
    }
  }

  /** Shakes each point, then turns, slants, scales and shifts them all into pixel coordinates. */
  private static double[] warp(double[] points, Philox random) {
    double turn = between(random, -MAX_TURN, MAX_TURN);
    double slant = between(random, -MAX_SLANT, MAX_SLANT);
    double width = between(random, 8, 15);
    double height = between(random, 13, 20);
    double centreX = (SIDE - 1) / 2.0 + between(random, -MAX_SHIFT, MAX_SHIFT);
    double centreY = (SIDE - 1) / 2.0 + between(random, -MAX_SHIFT, MAX_SHIFT);
    // StrictMath: the same bits on every machine.
    double cos = StrictMath.cos(turn);
    double sin = StrictMath.sin(turn);
    double[] warped = new double[points.length];
    for (int i = 0; i < points.length; i += 2) {
      double y = (points[i + 1] - 0.5 + JITTER * bell(random.nextInt())) * height;
      double x = (points[i] - 0.5 + JITTER * bell(random.nextInt())) * width - slant * y;
      warped[i] = centreX + cos * x - sin * y;
      warped[i + 1] = centreY + sin * x + cos * y;
    }
    return warped;
  }

  private static double between(Philox random, double low, double high) {
    return low + (high - low) * random.nextFloat();
  }

  /** Nearly normal with mean 0 and variance 1: the sum of a word's four bytes (Irwin and Hall). */
  private static double bell(int word) {
    int sum = (word & 255) + (word >>> 8 & 255) + (word >>> 16 & 255) + (word >>> 24);
    return (sum - 510) * (1 / 147.8);
  }
}
