package dev.gabor.backend.opencl;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.opencl.Buffer;
import dev.gabor.tensor.Shape;

/** A tensor in a buffer of its own or in a slice of one. */
final class OpenClTensor implements DeviceTensor {
  private final Buffer buffer;
  private final Shape shape;
  private final Layout layout;

  OpenClTensor(Buffer buffer, Shape shape, Layout layout) {
    this.buffer = buffer;
    this.shape = shape;
    this.layout = layout;
  }

  /** The tensor behind the contract's handle; refused when it belongs to another backend. */
  static OpenClTensor of(DeviceTensor tensor) {
    if (tensor instanceof OpenClTensor openCl) {
      return openCl;
    }
    throw new IllegalArgumentException("tensor " + tensor + " does not belong to an OpenCL device");
  }

  Buffer buffer() {
    return buffer;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public Layout layout() {
    return layout;
  }

  @Override
  public String toString() {
    return "opencl" + shape;
  }
}
