package dev.gabor.data.augment;

import dev.gabor.data.Transform;
import dev.gabor.tensor.Shape;

/**
 * Multiplies all values by one factor from [1 − strength, 1 + strength); results stay in [0,1].
 * torchvision: ColorJitter(brightness).
 *
 * @param strength 0 to 1
 */
public record RandomBrightness(double strength) implements Transform {
  /** Checks the strength. */
  public RandomBrightness {
    Settings.require("brightness", "strength", strength, 0, 1);
  }

  @Override
  public void apply(float[] sample, int offset, Shape shape, long seed, long epoch, int index) {
    float factor = (float) Workspace.of(seed, epoch, index).uniform(1 - strength, 1 + strength);
    int end = offset + shape.arrayLength();
    for (int i = offset; i < end; i++) {
      sample[i] = Math.max(0, Math.min(1, sample[i] * factor));
    }
  }
}
