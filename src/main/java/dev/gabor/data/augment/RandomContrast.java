package dev.gabor.data.augment;

import dev.gabor.data.Transform;
import dev.gabor.tensor.Shape;

/**
 * Draws all values away from, or towards, the mean grey of the image by one factor from [1 −
 * strength, 1 + strength); results stay in [0,1]. The grey of three channels is ITU-R BT.601's,
 * else their mean. torchvision: ColorJitter(contrast).
 *
 * @param strength 0 to 1
 */
public record RandomContrast(double strength) implements Transform {
  private static final double[] COLOUR = {0.299, 0.587, 0.114};

  /** Checks the strength. */
  public RandomContrast {
    Settings.require("contrast", "strength", strength, 0, 1);
  }

  @Override
  public void apply(float[] sample, int offset, Shape shape, long seed, long epoch, int index) {
    float factor = (float) Workspace.of(seed, epoch, index).uniform(1 - strength, 1 + strength);
    float mean = (float) meanGrey(sample, offset, shape);
    int end = offset + shape.arrayLength();
    for (int i = offset; i < end; i++) {
      sample[i] = Math.max(0, Math.min(1, mean + (sample[i] - mean) * factor));
    }
  }

  private static double meanGrey(float[] sample, int offset, Shape shape) {
    int channels = shape.length(0);
    int plane = shape.arrayLength() / channels;
    double mean = 0;
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      for (int i = offset + c * plane; i < offset + (c + 1) * plane; i++) {
        sum += sample[i];
      }
      mean += sum / plane * (channels == COLOUR.length ? COLOUR[c] : 1.0 / channels);
    }
    return mean;
  }
}
