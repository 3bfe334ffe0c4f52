package dev.gabor.data.augment;

import dev.gabor.data.Transform;
import dev.gabor.tensor.Shape;

/**
 * Puts a border of zeros (black) around an image and cuts its size out again at a random place.
 * torchvision: RandomCrop(size, padding).
 *
 * @param padding pixels of border on every side, at least 0
 */
public record RandomCrop(int padding) implements Transform {
  /** Checks the border. */
  public RandomCrop {
    Settings.require("crop", "padding", padding, 0, 1 << 15);
  }

  @Override
  public void apply(float[] sample, int offset, Shape shape, long seed, long epoch, int index) {
    Workspace workspace = Workspace.of(seed, epoch, index);
    int down = workspace.below(2 * padding + 1) - padding;
    int right = workspace.below(2 * padding + 1) - padding;
    int height = shape.length(1);
    int width = shape.length(2);
    float[] from = workspace.copyOf(sample, offset, shape.arrayLength());
    for (int c = 0; c < shape.length(0); c++) {
      int plane = c * height * width;
      for (int h = 0; h < height; h++) {
        int row = h + down;
        for (int w = 0; w < width; w++) {
          int column = w + right;
          boolean inside = row >= 0 && row < height && column >= 0 && column < width;
          sample[offset + plane + h * width + w] = inside ? from[plane + row * width + column] : 0;
        }
      }
    }
  }
}
