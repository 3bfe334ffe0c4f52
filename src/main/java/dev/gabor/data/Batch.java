package dev.gabor.data;

import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Arrays;

/** Some samples side by side. A loader fills the same few batches again and again. */
public final class Batch {
  private final Tensor images;
  private final int[] labels;
  private final int[] indices;
  private int count;

  Batch(Shape sample, int capacity) {
    images = Tensor.zeros(sample.batched(capacity));
    labels = new int[capacity];
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
  }
}
