package dev.gabor.opencl;

import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_event;

/** The native record of one profiled launch. */
final class Event implements AutoCloseable {
  private final cl_event handle = new cl_event();
  private final String program;
  private final String kernel;
  private final int tag;

  Event(Kernel kernel, int tag) {
    this.tag = tag;
    this.program = kernel.program().source().name();
    this.kernel = kernel.name();
  }

  cl_event handle() {
    return handle;
  }

  /** The driver has filled in the handle: from now on there is something to release. */
  void launched() {
    LiveObjects.added(LiveObjects.Kind.EVENT);
  }

  /** When the launch ran; it must have ended. */
  KernelTime time() {
    return new KernelTime(
        tag,
        program,
        kernel,
        nanos(CL.CL_PROFILING_COMMAND_START),
        nanos(CL.CL_PROFILING_COMMAND_END));
  }

  @Override
  public void close() {
    LiveObjects.removed(LiveObjects.Kind.EVENT);
    Status.check(CL.clReleaseEvent(handle), "clReleaseEvent", kernel);
  }

  private long nanos(int parameter) {
    long[] value = new long[1];
    Status.check(
        CL.clGetEventProfilingInfo(handle, parameter, Sizeof.cl_ulong, Pointer.to(value), null),
        "clGetEventProfilingInfo",
        kernel);
    return value[0];
  }
}
