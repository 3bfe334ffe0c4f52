package dev.gabor.opencl;

import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_event;

/**
 * A point in a {@link Queue}, set anew by each {@link Queue#mark}: reached when all launched before
 * has run. One thread may wait while others work on the queue; setting and asking must not happen
 * at the same time. Allocates nothing after it was made.
 */
public final class Marker implements AutoCloseable {
  private final cl_event handle = new cl_event();
  private final cl_event[] list = {handle};
  private final int[] state = new int[1];
  private final Pointer statePointer = Pointer.to(state);
  private boolean set;

  /** Waits until the point is reached; returns at once where none was set. */
  public void await() {
    if (set) {
      Status.check(CL.clWaitForEvents(1, list), "clWaitForEvents", this);
    }
  }

  /** Whether the point is reached, or none was set. */
  public boolean isReached() {
    if (!set) {
      return true;
    }
    Status.check(
        CL.clGetEventInfo(
            handle, CL.CL_EVENT_COMMAND_EXECUTION_STATUS, Sizeof.cl_int, statePointer, null),
        "clGetEventInfo",
        this);
    return state[0] <= CL.CL_COMPLETE;
  }

  /** The handle for the driver to fill in. */
  cl_event renewed() {
    close();
    return handle;
  }

  /** The driver has filled in the handle. */
  void wasSet() {
    set = true;
    LiveObjects.added(LiveObjects.Kind.EVENT);
  }

  @Override
  public void close() {
    if (set) {
      set = false;
      LiveObjects.removed(LiveObjects.Kind.EVENT);
      Status.check(CL.clReleaseEvent(handle), "clReleaseEvent", this);
    }
  }

  @Override
  public String toString() {
    return "marker";
  }
}
