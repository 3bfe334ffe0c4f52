package dev.gabor.data;

import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Arrays;

/** Some samples side by side. A loader fills the same few batches again and again. */
public final class Batch {
  private final Tensor images;
  private final int[] labels;
  private final int[] partnerLabels;
  private final int[] indices;
  private float share = 1;
  private int count;

  Batch(Shape sample, int capacity) {
    images = Tensor.zeros(sample.batched(capacity));
    labels = new int[capacity];
    partnerLabels = new int[capacity];
    indices = new int[capacity];
  }

  /** The samples (N,C,H,W), N being the capacity; zeros after the last sample. */
  public Tensor images() {
    return images;
  }

  /** The classes (N); 0 after the last sample. */
  public int[] labels() {
    return labels;
  }

  /**
   * The share of each sample that is its own, 0 to 1; the rest is its partner's. 1 where nothing is
   * mixed.
   */
  public float share() {
    return share;
  }

  /** The class of each sample's partner (N); of use where {@link #share()} is below 1. */
  public int[] partnerLabels() {
    return partnerLabels;
  }

  /**
   * Says that the samples have been mixed: each with the one before it, the first with the last.
   *
   * @param ownShare what is left of the sample itself, 0 to 1
   */
  public void mixWithPrevious(float ownShare) {
    if (!(ownShare >= 0 && ownShare <= 1)) {
      throw new IllegalArgumentException("mixing: expected a share of 0 to 1, found " + ownShare);
    }
    share = ownShare;
    for (int n = 0; n < count; n++) {
      partnerLabels[n] = labels[n == 0 ? count - 1 : n - 1];
    }
  }

  /** Each sample's index in its data set (N); 0 after the last sample. */
  public int[] indices() {
    return indices;
  }

  /** The number of samples, 1 to the capacity. */
  public int count() {
    return count;
  }

  /** The largest number of samples, N. */
  public int capacity() {
    return labels.length;
  }

  /** Ends a filling: clears what an earlier, fuller one left behind. */
  void finish(int samples) {
    int sampleLength = images.data().length / labels.length;
    Arrays.fill(images.data(), samples * sampleLength, images.data().length, 0f);
    Arrays.fill(labels, samples, labels.length, 0);
    Arrays.fill(indices, samples, indices.length, 0);
    count = samples;
    share = 1;
  }
}
