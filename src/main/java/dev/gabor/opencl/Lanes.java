package dev.gabor.opencl;

import java.util.Optional;
import org.jocl.CL;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_device_id;

/** The native queues behind a {@link Queue}. Calls answer OpenCL's status. */
interface Lanes {
  /**
   * Enqueues a launch.
   *
   * @param local null where the driver chooses the groups
   * @param apart whether it is large enough for two halves
   * @param time gets the events, where somebody looks
   */
  int launch(Kernel kernel, long[] global, long[] local, boolean apart, Optional<Event> time);

  /** The queue for one command that is no launch; it runs between the launches around it. */
  cl_command_queue forCommand();

  /** Hands everything to the device. */
  int flush();

  /** Waits for everything. */
  int finish();

  /** Releases the queues. */
  int release();

  /** The text of a program as it is to be compiled. */
  String rewritten(String text);

  /** Sets the arguments that a rewritten kernel has behind its own. */
  void bind(Kernel kernel);

  /** One queue: nothing is rewritten. */
  static Lanes one(cl_context context, cl_device_id device, boolean profiling) {
    return new OneLane(create(context, device, profiling));
  }

  // clCreateCommandQueue is deprecated since OpenCL 2.0; its successor does not exist in 1.2.
  @SuppressWarnings("deprecation")
  static cl_command_queue create(cl_context context, cl_device_id device, boolean profiling) {
    int[] status = new int[1];
    long properties = profiling ? CL.CL_QUEUE_PROFILING_ENABLE : 0;
    cl_command_queue queue = CL.clCreateCommandQueue(context, device, properties, status);
    Status.check(status[0], "clCreateCommandQueue", "a new context");
    return queue;
  }

  /** A device's usual queue. */
  record OneLane(cl_command_queue queue) implements Lanes {
    @Override
    public int launch(
        Kernel kernel, long[] global, long[] local, boolean apart, Optional<Event> time) {
      return CL.clEnqueueNDRangeKernel(
          queue,
          kernel.handle(),
          global.length,
          null,
          global,
          local,
          0,
          null,
          time.isPresent() ? time.get().part(0) : null);
    }

    @Override
    public cl_command_queue forCommand() {
      return queue;
    }

    @Override
    public int flush() {
      return CL.clFlush(queue);
    }

    @Override
    public int finish() {
      return CL.clFinish(queue);
    }

    @Override
    public int release() {
      return CL.clReleaseCommandQueue(queue);
    }

    @Override
    public String rewritten(String text) {
      return text;
    }

    @Override
    public void bind(Kernel kernel) {
      throw new IllegalStateException("kernels of one queue have no such arguments");
    }
  }
}
