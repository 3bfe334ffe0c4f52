package dev.gabor.data;

import dev.gabor.tensor.Shape;
import java.util.List;

/**
 * Images as bytes in mapped files, read when they are asked for.
 *
 * @param shape (C,H,W) of the bytes at the end of a record
 * @param classNames one name a class
 * @param records the files
 * @param pixelOffset bytes of a record before its image
 * @param labels one a record
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record RecordDataset(
    Shape shape, List<String> classNames, RecordFiles records, int pixelOffset, int[] labels)
    implements Dataset {
  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public void read(int index, float[] target, int offset) {
    records.read(index, pixelOffset, shape.arrayLength(), target, offset);
  }

  @Override
  public int label(int index) {
    return labels[index];
  }
}
