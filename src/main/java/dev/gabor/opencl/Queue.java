package dev.gabor.opencl;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The in-order queue of a {@link Context}: launches run one after the other in the order given. Not
 * for several threads at once. A launch allocates nothing on the heap, unless it is profiled.
 */
public final class Queue extends NativeObject {
  private static final Logger LOG = LoggerFactory.getLogger(Queue.class);

  /** Profiled launches are handed over at the latest when so many wait, to bound their number. */
  private static final int MAX_PENDING = 4096;

  private final Context context;
  private final Lanes lanes;
  private final boolean profiling;
  private final int[] fillWord = new int[1];
  private final Pointer fillPointer = Pointer.to(fillWord);
  private final ArrayDeque<Event> pending = new ArrayDeque<>();
  private Optional<Consumer<KernelTime>> listener = Optional.empty();
  private int tag;

  Queue(Context context, Lanes lanes, boolean profiling) {
    super(LiveObjects.Kind.QUEUE, Optional.of(context));
    this.context = context;
    this.lanes = lanes;
    this.profiling = profiling;
  }

  /** Launches with work-groups of the driver's choice. */
  public void launch(Kernel kernel, long[] global) {
    launch(kernel, global, null);
  }

  /**
   * Launches a kernel over {@code global} work-items in groups of {@code local}; returns before it
   * ran. Neither array is kept or modified.
   *
   * @param global work-items along each of 1 to 3 dimensions; each a multiple of its local size
   * @param local work-items of a group along each dimension; null leaves the choice to the driver
   * @throws IllegalArgumentException if the numbers of dimensions are wrong
   * @throws IllegalStateException if an argument was not set or its buffer was closed
   * @throws OpenClException if the driver refuses
   */
  public void launch(Kernel kernel, long[] global, long[] local) {
    launch(kernel, global, local, true);
  }

  /**
   * Launches with work-groups of the given size, on one core of a CPU or on all: as {@link
   * #launch(Kernel, long[], long[])} in everything else.
   *
   * @param apart false for work so small that one core of a CPU has done it before another begins
   */
  public void launch(Kernel kernel, long[] global, long[] local, boolean apart) {
    requireOpen();
    if (global.length < 1
        || global.length > 3
        || (local != null && local.length != global.length)
        || kernel.context() != context) {
      throw refused(kernel, global, local);
    }
    kernel.requireReady();
    if (listener.isPresent()) {
      launchTimed(kernel, global, local, apart);
      return;
    }
    int status = lanes.launch(kernel, global, local, apart, Optional.empty());
    if (status != CL.CL_SUCCESS) {
      throw failed(status, kernel, global, local);
    }
  }

  /** Moves a marker to the end of what has been launched so far, and hands all of it over. */
  public void mark(Marker marker) {
    requireOpen();
    Status.check(
        CL.clEnqueueMarkerWithWaitList(lanes.forCommand(), 0, null, marker.renewed()),
        "clEnqueueMarkerWithWaitList",
        context);
    marker.wasSet();
    flush();
  }

  /** Whether the context was opened for profiling. */
  public boolean isProfiling() {
    return profiling;
  }

  /** Hands everything launched so far to the device and returns at once. */
  public void flush() {
    requireOpen();
    Status.check(lanes.flush(), "clFlush", context);
  }

  /**
   * Waits until everything launched so far has run, then tells the profile listener.
   *
   * @throws OpenClException if something launched before failed on the device
   */
  public void finish() {
    requireOpen();
    Status.check(lanes.finish(), "clFinish", context);
    deliver();
  }

  /**
   * From now on, {@link #finish()} tells {@code listener} when each launch began and ended, in
   * launch order. Replaces an earlier listener.
   *
   * @throws IllegalStateException if the context was opened without profiling
   */
  public void profile(Consumer<KernelTime> listener) {
    requireOpen();
    if (!profiling) {
      throw new IllegalStateException(context + " was opened without profiling");
    }
    this.listener = Optional.of(listener);
  }

  /** Launches from now on carry this number in their {@link KernelTime}. */
  public void tag(int number) {
    tag = number;
  }

  /** Whether the context was opened so that {@link #profile} may be used. */
  public boolean canProfile() {
    return profiling;
  }

  /** Ends the profiling that {@link #profile} began; times not yet delivered are dropped. */
  public void profileOff() {
    closePending();
    listener = Optional.empty();
  }

  void fill(Buffer buffer, int word, long offsetBytes, long sizeBytes) {
    requireOpen();
    fillWord[0] = word;
    Status.check(
        CL.clEnqueueFillBuffer(
            lanes.forCommand(),
            buffer.handle(),
            fillPointer,
            Integer.BYTES,
            offsetBytes,
            sizeBytes,
            0,
            null,
            null),
        "clEnqueueFillBuffer",
        buffer);
  }

  /** The native queue for one command that is no launch. */
  cl_command_queue forCommand() {
    requireOpen();
    return lanes.forCommand();
  }

  /** Waits for what still runs: some drivers crash when its buffers are released under it. */
  void finishBeforeClose() {
    closePending();
    int status = lanes.finish();
    if (status != CL.CL_SUCCESS) {
      LOG.warn("{} ended with {}", this, CL.stringFor_errorCode(status));
    }
  }

  @Override
  int release() {
    return lanes.release();
  }

  @Override
  public String toString() {
    return "queue of " + context;
  }

  private void launchTimed(Kernel kernel, long[] global, long[] local, boolean apart) {
    if (pending.size() == MAX_PENDING) {
      finish();
    }
    Event event = new Event(kernel, tag);
    int status = lanes.launch(kernel, global, local, apart, Optional.of(event));
    if (status != CL.CL_SUCCESS) {
      throw failed(status, kernel, global, local);
    }
    event.launched();
    pending.add(event);
  }

  private void deliver() {
    while (!pending.isEmpty()) {
      try (Event event = pending.remove()) {
        listener.ifPresent(consumer -> consumer.accept(event.time()));
      }
    }
  }

  private void closePending() {
    pending.forEach(Event::close);
    pending.clear();
  }

  private IllegalArgumentException refused(Kernel kernel, long[] global, long[] local) {
    if (kernel.context() != context) {
      return new IllegalArgumentException(kernel + " does not belong to " + context);
    }
    return new IllegalArgumentException(
        kernel
            + sizes(global, local)
            + ": 1 to 3 dimensions are possible, and as many local as global sizes");
  }

  private OpenClException failed(int status, Kernel kernel, long[] global, long[] local) {
    return OpenClException.failed(
        "clEnqueueNDRangeKernel", status, kernel + sizes(global, local) + " on " + context);
  }

  private static String sizes(long[] global, long[] local) {
    String groups = local == null ? "of the driver's choice" : Arrays.toString(local);
    return ", global " + Arrays.toString(global) + ", local " + groups;
  }
}
