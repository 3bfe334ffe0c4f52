package dev.gabor.data;

import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.stream.IntStream;

/** Samples of any floats for tests; labels are index modulo the number of classes. */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record ArrayDataset(Shape shape, int classes, float... values) implements Dataset {
  /** Sample i holds i, i + 1/2 in two pixels. */
  static ArrayDataset counting(int size, int classes) {
    float[] values = new float[2 * size];
    for (int i = 0; i < values.length; i++) {
      values[i] = i / 2f;
    }
    return new ArrayDataset(Shape.of(1, 1, 2), classes, values);
  }

  @Override
  public int size() {
    return values.length / shape.arrayLength();
  }

  @Override
  public List<String> classNames() {
    return IntStream.range(0, classes).mapToObj(Integer::toString).toList();
  }

  @Override
  public void read(int index, float[] target, int offset) {
    int length = shape.arrayLength();
    System.arraycopy(values, index * length, target, offset, length);
  }

  @Override
  public int label(int index) {
    return index % classes;
  }
}
