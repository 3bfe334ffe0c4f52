package dev.gabor.data.augment;

import dev.gabor.data.Transform;
import dev.gabor.tensor.Shape;

/**
 * Mirrors left and right. torchvision: RandomHorizontalFlip.
 *
 * @param probability 0 to 1
 */
public record RandomFlip(double probability) implements Transform {
  /** Checks the probability. */
  public RandomFlip {
    Settings.require("flip", "probability", probability, 0, 1);
  }

  @Override
  public void apply(float[] sample, int offset, Shape shape, long seed, long epoch, int index) {
    if (!Workspace.of(seed, epoch, index).happens(probability)) {
      return;
    }
    int width = shape.length(2);
    int rows = shape.length(0) * shape.length(1);
    for (int row = 0; row < rows; row++) {
      int left = offset + row * width;
      for (int right = left + width - 1; left < right; left++, right--) {
        float value = sample[left];
        sample[left] = sample[right];
        sample[right] = value;
      }
    }
  }
}
