package dev.gabor.data.augment;

import dev.gabor.data.Transform;
import dev.gabor.tensor.Shape;

/**
 * Mirrors top and bottom. torchvision: RandomVerticalFlip.
 *
 * @param probability 0 to 1
 */
public record RandomVerticalFlip(double probability) implements Transform {
  /** Checks the probability. */
  public RandomVerticalFlip {
    Settings.require("vflip", "probability", probability, 0, 1);
  }

  @Override
  public void apply(float[] sample, int offset, Shape shape, long seed, long epoch, int index) {
    if (!Workspace.of(seed, epoch, index).happens(probability)) {
      return;
    }
    int height = shape.length(1);
    int width = shape.length(2);
    for (int c = 0; c < shape.length(0); c++) {
      int top = offset + c * height * width;
      for (int bottom = top + (height - 1) * width; top < bottom; top += width, bottom -= width) {
        for (int w = 0; w < width; w++) {
          float value = sample[top + w];
          sample[top + w] = sample[bottom + w];
          sample[bottom + w] = value;
        }
      }
    }
  }
}
