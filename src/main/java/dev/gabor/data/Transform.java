package dev.gabor.data;

import dev.gabor.tensor.Shape;

/**
 * Changes a sample on its way into a batch, for example to augment it; values are still pixels in
 * [0,1], before normalisation. The result may depend on the arguments only, so that an epoch is the
 * same in every run; several threads may call at once.
 */
@FunctionalInterface
public interface Transform {
  /** Leaves every sample as it is. */
  Transform NONE = (sample, offset, shape, seed, epoch, index) -> {};

  /** Several changes, one after the other, each with random numbers of its own. */
  static Transform chain(Transform... changes) {
    // The golden ratio's bits keep the seeds of the changes apart.
    long apart = 0x9E3779B97F4A7C15L;
    Transform[] all = changes.clone();
    return (sample, offset, shape, seed, epoch, index) -> {
      for (int i = 0; i < all.length; i++) {
        all[i].apply(sample, offset, shape, seed + i * apart, epoch, index);
      }
    };
  }

  /**
   * Changes one sample in place.
   *
   * @param sample modified: the {@code shape.size()} values from {@code offset} on
   * @param offset where the sample starts
   * @param shape (C,H,W), which stays
   * @param seed of the run
   * @param epoch the number of the epoch
   * @param index of the sample in its data set
   */
  void apply(float[] sample, int offset, Shape shape, long seed, long epoch, int index);
}
