package dev.gabor.data.augment;

import dev.gabor.data.Transform;
import dev.gabor.tensor.Shape;

/**
 * Overwrites a rectangle with 0 (black): 2 % to 33 % of the image, 0.3 to 3.3 times as high as wide
 * (Zhong et al. 2020). torchvision: RandomErasing.
 *
 * @param probability 0 to 1
 */
public record RandomErasing(double probability) implements Transform {
  private static final double LEAST_AREA = 0.02;
  private static final double MOST_AREA = 0.33;
  private static final double LEAST_RATIO = 0.3;
  private static final double MOST_RATIO = 3.3;
  private static final int ATTEMPTS = 10;

  /** Checks the probability. */
  public RandomErasing {
    Settings.require("erase", "probability", probability, 0, 1);
  }

  @Override
  public void apply(float[] sample, int offset, Shape shape, long seed, long epoch, int index) {
    Workspace workspace = Workspace.of(seed, epoch, index);
    if (!workspace.happens(probability)) {
      return;
    }
    int height = shape.length(1);
    int width = shape.length(2);
    double lowest = StrictMath.log(LEAST_RATIO);
    double highest = StrictMath.log(MOST_RATIO);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      double area = (double) height * width * workspace.uniform(LEAST_AREA, MOST_AREA);
      double ratio = StrictMath.exp(workspace.uniform(lowest, highest));
      int rows = (int) Math.round(StrictMath.sqrt(area * ratio));
      int columns = (int) Math.round(StrictMath.sqrt(area / ratio));
      if (rows < height && columns < width) {
        int top = workspace.below(height - rows + 1);
        int left = workspace.below(width - columns + 1);
        erase(sample, offset, shape, new Box(top, left, top + rows, left + columns));
        return;
      }
    }
  }

  private static void erase(float[] sample, int offset, Shape shape, Box box) {
    for (int c = 0; c < shape.length(0); c++) {
      for (int h = box.top(); h < box.bottom(); h++) {
        int row = offset + (c * shape.length(1) + h) * shape.length(2);
        java.util.Arrays.fill(sample, row + box.left(), row + box.right(), 0);
      }
    }
  }
}
