package dev.gabor.opencl;

import dev.gabor.opencl.KernelSignature.Binding;
import java.util.BitSet;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.NativePointerObject;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;

/**
 * A kernel with its arguments. Arguments are bound by {@link #args()} once; those that change from
 * run to run are set again by the {@code set…} methods, which allocate nothing. Bound buffers are
 * not owned; launching after one was closed is refused. Not for several threads at once.
 */
public final class Kernel extends NativeObject {
  private final Program program;
  private final String name;
  private final cl_kernel handle;
  private final KernelSignature signature;
  private final BitSet bound = new BitSet();
  private final Buffer[] buffers;
  private boolean complete;
  private int meetingNumber;

  private final int[] intValue = new int[1];
  private final long[] longValue = new long[1];
  private final float[] floatValue = new float[1];
  private final NativePointerObject[] memValue = new NativePointerObject[1];
  private final Pointer intPointer = Pointer.to(intValue);
  private final Pointer longPointer = Pointer.to(longValue);
  private final Pointer floatPointer = Pointer.to(floatValue);
  private final Pointer memPointer = Pointer.to(memValue);

  Kernel(Program program, String name, cl_kernel handle, KernelSignature signature) {
    super(LiveObjects.Kind.KERNEL, Optional.of(program));
    this.program = program;
    this.name = name;
    this.handle = handle;
    this.signature = signature;
    this.buffers = new Buffer[signature.parameters().size()];
    if (signature.meets()) {
      context().lanes().bind(this);
    }
  }

  /** Whether it has parameters for a {@link Meeting}. */
  boolean meets() {
    return signature.meets();
  }

  /** Where the parameters of a {@link Meeting} begin. */
  int meetingIndex() {
    return buffers.length;
  }

  /** The number that was last told to a {@link Meeting}. */
  int meetingNumber() {
    return meetingNumber;
  }

  void meetsAt(int number) {
    meetingNumber = number;
  }

  /** The kernel's name in its program. */
  public String name() {
    return name;
  }

  /** The program it belongs to. */
  public Program program() {
    return program;
  }

  /** Begins to bind all arguments, from parameter 0 on. */
  public KernelArguments args() {
    requireOpen();
    return new KernelArguments(this);
  }

  /** Sets an int or uint parameter. */
  public void setInt(int index, int value) {
    intValue[0] = value;
    set(index, Binding.INT, Integer.BYTES, intPointer);
  }

  /** Sets a long or ulong parameter. */
  public void setLong(int index, long value) {
    longValue[0] = value;
    set(index, Binding.LONG, Long.BYTES, longPointer);
  }

  /** Sets a float parameter. */
  public void setFloat(int index, float value) {
    floatValue[0] = value;
    set(index, Binding.FLOAT, Float.BYTES, floatPointer);
  }

  /** Sets a global or constant pointer parameter. */
  public void setBuffer(int index, Buffer buffer) {
    buffer.requireOpen();
    if (buffer.context() != program.context()) {
      throw new IllegalArgumentException(buffer + " does not belong to the context of " + this);
    }
    memValue[0] = buffer.handle();
    set(index, Binding.BUFFER, Sizeof.cl_mem, memPointer);
    buffers[index] = buffer;
  }

  /** Sets a global or constant pointer parameter to NULL, for a tensor that is optional. */
  public void setNoBuffer(int index) {
    set(index, Binding.BUFFER, Sizeof.cl_mem, null);
    buffers[index] = null;
  }

  /** Gives a local pointer parameter so many bytes for each work-group. */
  public void setLocal(int index, long sizeBytes) {
    set(index, Binding.LOCAL, sizeBytes, null);
  }

  /** The largest work-group that this kernel can be launched with. */
  public int maxWorkGroupSize() {
    return (int) workGroupInfo(CL.CL_KERNEL_WORK_GROUP_SIZE);
  }

  /** The local memory of one work-group, in bytes, with what has been bound so far. */
  public long localMemoryBytes() {
    return workGroupInfo(CL.CL_KERNEL_LOCAL_MEM_SIZE);
  }

  /** The private memory of one work-item, in bytes; on GPUs anything above 0 may be spilling. */
  public long privateMemoryBytes() {
    return workGroupInfo(CL.CL_KERNEL_PRIVATE_MEM_SIZE);
  }

  Context context() {
    return program.context();
  }

  cl_kernel handle() {
    return handle;
  }

  /** Refuses a launch with an argument missing or a buffer closed. */
  void requireReady() {
    requireOpen();
    if (!complete) {
      int missing = bound.nextClearBit(0);
      if (missing < buffers.length) {
        throw new IllegalStateException(
            "%s: %s was never set (%d parameters in all)"
                .formatted(this, signature.describe(missing), buffers.length));
      }
      complete = true;
    }
    for (int i = 0; i < buffers.length; i++) {
      Buffer buffer = buffers[i];
      if (buffer != null && !buffer.isOpen()) {
        throw new IllegalStateException(
            "%s: the %s bound to %s is closed".formatted(this, buffer, signature.describe(i)));
      }
    }
  }

  void requireCount(int given) {
    if (given != buffers.length) {
      throw new IllegalArgumentException(
          "%s has %d parameters, %d arguments were given".formatted(this, buffers.length, given));
    }
  }

  @Override
  int release() {
    return CL.clReleaseKernel(handle);
  }

  @Override
  public String toString() {
    return "kernel " + name + " of program " + program.source();
  }

  private void set(int index, Binding binding, long sizeBytes, Pointer value) {
    requireOpen();
    signature.check(index, binding);
    int status = CL.clSetKernelArg(handle, index, sizeBytes, value);
    if (status != CL.CL_SUCCESS) {
      throw OpenClException.failed(
          "clSetKernelArg", status, signature.describe(index) + " of " + this);
    }
    bound.set(index);
  }

  private long workGroupInfo(int parameter) {
    requireOpen();
    return Info.number(
        "clGetKernelWorkGroupInfo",
        this,
        (size, target, needed) ->
            CL.clGetKernelWorkGroupInfo(
                handle, context().deviceId(), parameter, size, target, needed));
  }
}
