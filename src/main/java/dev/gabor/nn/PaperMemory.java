package dev.gabor.nn;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Memory;
import dev.gabor.tensor.Shape;

/** Memory that is only counted: its tensors can be recorded, but never bound or transferred. */
final class PaperMemory implements Memory {
  private record PaperTensor(long offsetBytes, Shape shape, Layout layout, PaperMemory memory)
      implements DeviceTensor {}

  private final long sizeBytes;

  private PaperMemory(long sizeBytes) {
    this.sizeBytes = sizeBytes;
  }

  /** Refuses what the backend would refuse. */
  static Memory allocate(Backend backend, long sizeBytes) {
    if (sizeBytes > backend.maxAllocationBytes()) {
      throw new IllegalArgumentException(
          "the parameters need "
              + sizeBytes
              + " bytes in one piece, "
              + backend.description()
              + " allocates at most "
              + backend.maxAllocationBytes());
    }
    return new PaperMemory(sizeBytes);
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public DeviceTensor tensor(long offsetBytes, Shape shape, Layout layout) {
    return new PaperTensor(offsetBytes, shape, layout, this);
  }

  @Override
  public void close() {
    // Nothing was allocated.
  }
}
