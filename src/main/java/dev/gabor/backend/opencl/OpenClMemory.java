package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Memory;
import dev.gabor.opencl.Buffer;
import dev.gabor.tensor.Shape;

/** One buffer; its tensors are slices that close with it. */
final class OpenClMemory implements Memory {
  private final Buffer buffer;

  OpenClMemory(Buffer buffer) {
    this.buffer = buffer;
  }

  @Override
  public long sizeBytes() {
    return buffer.sizeBytes();
  }

  @Override
  public DeviceTensor tensor(long offsetBytes, Shape shape, Layout layout) {
    return new OpenClTensor(buffer.slice(offsetBytes, shape.size() * Float.BYTES), shape, layout);
  }

  @Override
  public void close() {
    buffer.close();
  }
}
