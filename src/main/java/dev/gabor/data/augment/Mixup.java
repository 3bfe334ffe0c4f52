package dev.gabor.data.augment;

import dev.gabor.data.Batch;
import dev.gabor.data.Mixing;

/**
 * Blends each sample of a batch with the one before it: λ of itself and 1 − λ of the other, λ drawn
 * for the batch from Beta(alpha, alpha); the target is blended alike (Zhang et al. 2018).
 * torchvision: MixUp.
 *
 * @param alpha above 0; small ones rarely mix much
 */
public record Mixup(double alpha) implements Mixing {
  static final double LEAST_ALPHA = 1e-3;
  static final double MOST_ALPHA = 1e3;

  /** Checks alpha. */
  public Mixup {
    Settings.require("mixup", "alpha", alpha, LEAST_ALPHA, MOST_ALPHA);
  }

  @Override
  public void apply(Batch batch, long seed, long epoch, int number) {
    Workspace workspace = Workspace.of(seed, epoch, number);
    float share = (float) workspace.beta(alpha);
    float[] images = batch.images().data();
    int length = images.length / batch.capacity();
    int count = batch.count();
    float[] last = workspace.copyOf(images, (count - 1) * length, length);
    for (int n = count - 1; n >= 0; n--) {
      float[] partner = n == 0 ? last : images;
      int from = n == 0 ? 0 : (n - 1) * length;
      for (int i = 0; i < length; i++) {
        images[n * length + i] = share * images[n * length + i] + (1 - share) * partner[from + i];
      }
    }
    batch.mixWithPrevious(share);
  }
}
