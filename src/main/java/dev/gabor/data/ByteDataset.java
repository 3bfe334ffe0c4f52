package dev.gabor.data;

import dev.gabor.tensor.Shape;
import java.util.List;

/**
 * Images held in memory as bytes: 0 is read as 0.0, 255 as 1.0. A quarter of the memory of floats.
 */
public final class ByteDataset implements Dataset {
  private static final float[] SCALED = new float[256];

  static {
    for (int value = 0; value < SCALED.length; value++) {
      SCALED[value] = value / 255f;
    }
  }

  private final Shape shape;
  private final List<String> classNames;
  private final byte[] pixels;
  private final byte[] labels;

  /**
   * A data set over the given arrays, which are not copied.
   *
   * @param shape of one sample, (C,H,W)
   * @param classNames one name a class, 1 to 256 of them
   * @param pixels (N,C,H,W), unsigned; not modified
   * @param labels (N), unsigned; not modified
   * @throws IllegalArgumentException if there is no sample, the arrays do not fit each other, or a
   *     label has no class
   */
  public ByteDataset(Shape shape, List<String> classNames, byte[] pixels, byte[] labels) {
    if (shape.rank() != 3) {
      throw new IllegalArgumentException("data set: expected samples (C,H,W), found " + shape);
    }
    if (labels.length == 0 || pixels.length != shape.size() * labels.length) {
      throw new IllegalArgumentException(
          "data set: %d labels need %d pixels %s, found %d"
              .formatted(labels.length, shape.size() * labels.length, shape, pixels.length));
    }
    for (int i = 0; i < labels.length; i++) {
      if ((labels[i] & 255) >= classNames.size()) {
        throw new IllegalArgumentException(
            "data set: label %d of sample %d: expected 0 to %d"
                .formatted(labels[i] & 255, i, classNames.size() - 1));
      }
    }
    this.shape = shape;
    this.classNames = List.copyOf(classNames);
    this.pixels = pixels;
    this.labels = labels;
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public boolean isCertain() {
    return true;
  }

  @Override
  public void read(int index, float[] target, int offset) {
    int length = shape.arrayLength();
    int start = index * length;
    for (int i = 0; i < length; i++) {
      target[offset + i] = SCALED[pixels[start + i] & 255];
    }
  }

  @Override
  public int label(int index) {
    return labels[index] & 255;
  }
}
