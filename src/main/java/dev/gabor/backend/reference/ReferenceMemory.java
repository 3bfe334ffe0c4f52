package dev.gabor.backend.reference;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Memory;
import dev.gabor.tensor.Shape;

/** One Java array. */
final class ReferenceMemory implements Memory {
  private final float[] data;

  ReferenceMemory(long sizeBytes) {
    data = new float[Math.toIntExact((sizeBytes + Float.BYTES - 1) / Float.BYTES)];
  }

  @Override
  public long sizeBytes() {
    return (long) data.length * Float.BYTES;
  }

  @Override
  public DeviceTensor tensor(long offsetBytes, Shape shape, Layout layout) {
    int offset = Math.toIntExact(offsetBytes / Float.BYTES);
    if (offsetBytes % ReferenceBackend.ALIGNMENT_BYTES != 0
        || offset + shape.size() > data.length) {
      throw new IllegalArgumentException(
          "tensor "
              + shape
              + " at byte "
              + offsetBytes
              + " does not lie in a memory of "
              + sizeBytes()
              + " bytes");
    }
    return new ReferenceTensor(data, offset, shape, layout);
  }

  @Override
  public void close() {
    // The garbage collector owns the array.
  }
}
