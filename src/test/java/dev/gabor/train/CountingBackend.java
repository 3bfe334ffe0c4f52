package dev.gabor.train;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Memory;
import dev.gabor.backend.reference.ReferenceBackend;

/** The CPU reference with a limited memory that counts what is allocated. */
final class CountingBackend extends ReferenceBackend {
  private final long memoryBytes;
  private final long maxAllocationBytes;
  private long allocatedBytes;
  private long largestBytes;
  private int reads;

  CountingBackend(long memoryBytes, long maxAllocationBytes) {
    this.memoryBytes = memoryBytes;
    this.maxAllocationBytes = maxAllocationBytes;
  }

  @Override
  public String description() {
    return "a small device";
  }

  @Override
  public long memoryBytes() {
    return memoryBytes;
  }

  @Override
  public long maxAllocationBytes() {
    return maxAllocationBytes;
  }

  @Override
  public Memory allocate(long sizeBytes) {
    allocatedBytes += sizeBytes;
    largestBytes = Math.max(largestBytes, sizeBytes);
    return super.allocate(sizeBytes);
  }

  @Override
  public void read(DeviceTensor source, float[] target) {
    reads++;
    super.read(source, target);
  }

  /** How often something was read back. */
  int reads() {
    return reads;
  }

  /** The largest single allocation. */
  long largestBytes() {
    return largestBytes;
  }

  /** All that was ever allocated. */
  long allocatedBytes() {
    return allocatedBytes;
  }
}
