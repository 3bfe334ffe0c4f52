package dev.gabor.data;

import dev.gabor.tensor.Shape;
import java.util.List;

/** A view of some samples of another data set. */
final class SubsetDataset implements Dataset {
  private final Dataset whole;
  private final int[] indices;

  SubsetDataset(Dataset whole, int[] indices) {
    if (indices.length == 0) {
      throw new IllegalArgumentException("subset: expected at least 1 index, found none");
    }
    for (int i = 0; i < indices.length; i++) {
      if (indices[i] < 0 || indices[i] >= whole.size()) {
        throw new IllegalArgumentException(
            "subset: index %d at position %d: expected 0 to %d"
                .formatted(indices[i], i, whole.size() - 1));
      }
    }
    this.whole = whole;
    this.indices = indices.clone();
  }

  @Override
  public int size() {
    return indices.length;
  }

  @Override
  public Shape shape() {
    return whole.shape();
  }

  @Override
  public List<String> classNames() {
    return whole.classNames();
  }

  @Override
  public boolean isCertain() {
    return whole.isCertain();
  }

  @Override
  public void read(int index, float[] target, int offset) {
    whole.read(indices[index], target, offset);
  }

  @Override
  public int label(int index) {
    return whole.label(indices[index]);
  }
}
