package dev.gabor.data;

import dev.gabor.tensor.Shape;
import java.util.List;

/** Images (1,H,W) of which another set holds the columns one after the other, as (1,W,H). */
record TransposedDataset(Dataset columns) implements Dataset {
  @Override
  public Shape shape() {
    return swapped(columns.shape());
  }

  @Override
  public List<String> classNames() {
    return columns.classNames();
  }

  @Override
  public int size() {
    return columns.size();
  }

  @Override
  public int label(int index) {
    return columns.label(index);
  }

  @Override
  public void read(int index, float[] target, int offset) {
    int width = columns.shape().length(1);
    int height = columns.shape().length(2);
    float[] image = new float[width * height];
    columns.read(index, image, 0);
    for (int i = 0; i < image.length; i++) {
      target[offset + i % height * width + i / height] = image[i];
    }
  }

  /** The same for images in memory, once for all. */
  static ByteDataset inMemory(Shape shape, List<String> names, byte[] pixels, byte[] labels) {
    int width = shape.length(1);
    int height = shape.length(2);
    int plane = width * height;
    byte[] upright = new byte[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      int inImage = i % plane;
      upright[i - inImage + inImage % height * width + inImage / height] = pixels[i];
    }
    return new ByteDataset(swapped(shape), names, upright, labels);
  }

  private static Shape swapped(Shape shape) {
    return Shape.of(shape.length(0), shape.length(2), shape.length(1));
  }
}
