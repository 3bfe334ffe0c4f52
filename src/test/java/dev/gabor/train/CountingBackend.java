package dev.gabor.train;

import dev.gabor.backend.Memory;
import dev.gabor.backend.reference.ReferenceBackend;

/** The CPU reference with a limited memory that counts what is allocated. */
final class CountingBackend extends ReferenceBackend {
  private final long memoryBytes;
  private final long maxAllocationBytes;
  private long allocatedBytes;

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
    return super.allocate(sizeBytes);
  }

  /** All that was ever allocated. */
  long allocatedBytes() {
    return allocatedBytes;
  }
}
