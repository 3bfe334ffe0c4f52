package dev.gabor.data.augment;

import dev.gabor.data.Transform;
import dev.gabor.tensor.Shape;

/**
 * Turns, shifts and scales about the centre in one bilinear interpolation; what comes from outside
 * is 0 (black). torchvision: RandomAffine.
 *
 * @param degrees the largest turn to either side, 0 to 180
 * @param shift the largest shift to either side as a share of the rows and columns, 0 to 1
 * @param lowScale the smallest factor, above 0
 * @param highScale the largest factor
 */
public record RandomAffine(double degrees, double shift, double lowScale, double highScale)
    implements Transform {
  private static final double SMALLEST = 0.01;
  private static final double LARGEST = 100;

  /** Checks the ranges. */
  public RandomAffine {
    Settings.require("rotate", "degrees", degrees, 0, 180);
    Settings.require("shift", "share", shift, 0, 1);
    Settings.require("scale", "smallest factor", lowScale, SMALLEST, LARGEST);
    Settings.require("scale", "largest factor", highScale, lowScale, LARGEST);
  }

  /** Turns alone. */
  public static RandomAffine rotation(double degrees) {
    return new RandomAffine(degrees, 0, 1, 1);
  }

  /** Shifts alone. */
  public static RandomAffine shift(double share) {
    return new RandomAffine(0, share, 1, 1);
  }

  /** Scales alone. */
  public static RandomAffine scale(double low, double high) {
    return new RandomAffine(0, 0, low, high);
  }

  @Override
  public void apply(float[] sample, int offset, Shape shape, long seed, long epoch, int index) {
    Workspace workspace = Workspace.of(seed, epoch, index);
    int height = shape.length(1);
    int width = shape.length(2);
    double angle = Math.toRadians(workspace.uniform(-degrees, degrees));
    double factor = workspace.uniform(lowScale, highScale);
    double down = workspace.uniform(-shift, shift) * height;
    double right = workspace.uniform(-shift, shift) * width;
    double cos = StrictMath.cos(angle) / factor;
    double sin = StrictMath.sin(angle) / factor;
    double middleRow = (height - 1) / 2.0;
    double middleColumn = (width - 1) / 2.0;
    float[] from = workspace.copyOf(sample, offset, shape.arrayLength());
    for (int h = 0; h < height; h++) {
      double y = h - middleRow - down;
      for (int w = 0; w < width; w++) {
        double x = w - middleColumn - right;
        double row = cos * y - sin * x + middleRow;
        double column = sin * y + cos * x + middleColumn;
        int top = (int) Math.floor(row);
        int left = (int) Math.floor(column);
        for (int c = 0; c < shape.length(0); c++) {
          int plane = c * height * width;
          sample[offset + plane + h * width + w] =
              (float) between(from, plane, height, width, top, left, row - top, column - left);
        }
      }
    }
  }

  /** The value at a place between four pixels. */
  private static double between(
      float[] from, int plane, int height, int width, int top, int left, double y, double x) {
    double upper =
        (1 - x) * at(from, plane, height, width, top, left)
            + x * at(from, plane, height, width, top, left + 1);
    double lower =
        (1 - x) * at(from, plane, height, width, top + 1, left)
            + x * at(from, plane, height, width, top + 1, left + 1);
    return (1 - y) * upper + y * lower;
  }

  private static double at(float[] from, int plane, int height, int width, int row, int column) {
    boolean inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? from[plane + row * width + column] : 0;
  }
}
