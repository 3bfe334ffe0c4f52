package dev.gabor.opencl;

import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_event;

/** The native records of one profiled launch: one for each part of it. */
final class Event implements AutoCloseable {
  private static final int MOST_PARTS = 2;

  private final cl_event[] parts = new cl_event[MOST_PARTS];
  private final String program;
  private final String kernel;
  private final int tag;

  Event(Kernel kernel, int tag) {
    this.tag = tag;
    this.program = kernel.program().source().name();
    this.kernel = kernel.name();
  }

  /** For the driver to fill in. */
  cl_event part(int index) {
    parts[index] = new cl_event();
    return parts[index];
  }

  /** The driver has filled in the events: from now on there is something to release. */
  void launched() {
    LiveObjects.added(LiveObjects.Kind.EVENT);
  }

  /** When the launch ran, from its first part's beginning to its last one's end. */
  KernelTime time() {
    long start = Long.MAX_VALUE;
    long end = Long.MIN_VALUE;
    for (cl_event part : parts) {
      if (part != null) {
        start = Math.min(start, nanos(part, CL.CL_PROFILING_COMMAND_START));
        end = Math.max(end, nanos(part, CL.CL_PROFILING_COMMAND_END));
      }
    }
    return new KernelTime(tag, program, kernel, start, end);
  }

  @Override
  public void close() {
    LiveObjects.removed(LiveObjects.Kind.EVENT);
    for (cl_event part : parts) {
      if (part != null) {
        Status.check(CL.clReleaseEvent(part), "clReleaseEvent", kernel);
      }
    }
  }

  private long nanos(cl_event event, int parameter) {
    long[] value = new long[1];
    Status.check(
        CL.clGetEventProfilingInfo(event, parameter, Sizeof.cl_ulong, Pointer.to(value), null),
        "clGetEventProfilingInfo",
        kernel);
    return value[0];
  }
}
