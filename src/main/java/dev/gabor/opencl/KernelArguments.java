package dev.gabor.opencl;

/**
 * Binds the arguments of a kernel one after the other, in the order of its parameters: {@code
 * kernel.args().buffer(x).buffer(y).integer(n).floating(alpha).done()}.
 */
public final class KernelArguments {
  private final Kernel kernel;
  private int next;

  KernelArguments(Kernel kernel) {
    this.kernel = kernel;
  }

  /** A global or constant pointer. */
  public KernelArguments buffer(Buffer buffer) {
    kernel.setBuffer(next++, buffer);
    return this;
  }

  /** A global or constant pointer that is NULL. */
  public KernelArguments noBuffer() {
    kernel.setNoBuffer(next++);
    return this;
  }

  /** An int or uint. */
  public KernelArguments integer(int value) {
    kernel.setInt(next++, value);
    return this;
  }

  /** A long or ulong. */
  public KernelArguments longInteger(long value) {
    kernel.setLong(next++, value);
    return this;
  }

  /** A float. */
  public KernelArguments floating(float value) {
    kernel.setFloat(next++, value);
    return this;
  }

  /** Local memory of so many bytes for each work-group. */
  public KernelArguments local(long sizeBytes) {
    kernel.setLocal(next++, sizeBytes);
    return this;
  }

  /**
   * The kernel, with all its arguments bound.
   *
   * @throws IllegalArgumentException if the kernel has more parameters than were bound
   */
  public Kernel done() {
    kernel.requireCount(next);
    return kernel;
  }
}
