package dev.gabor.opencl;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.NativePointerObject;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_device_id;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jocl.cl_program;

/**
 * Two queues for the two cores of a CPU: each has its half of every launch ({@link Halves}), the
 * same core the same half, so that it finds in its caches what it wrote. PoCL's own threads take
 * work-groups as they come; and a thread that finds none falls asleep at the end of each launch,
 * from which it takes longer to wake than many launches run.
 *
 * <p>Here nobody sleeps: launches are numbered, each half begins with writing its number down and
 * waits, inside the kernel, until the other half has written it, too ({@link Meeting}). As a queue
 * runs one launch after the other, both have then ended the launch before. Waiting so needs both
 * cores for one program alone; a device gives its halves to one context at a time ({@link
 * OpenCl#takeHalves}).
 */
final class TwoLanes implements Lanes {
  /** Numbers that far ahead let everything pass. */
  private static final int FAR = 1 << 30;

  /** Counting begins a little below the largest int, so that every run of the tests wraps. */
  private static final int START = Integer.MAX_VALUE - 1000;

  private static final long[] ONE = {1};

  private final cl_command_queue[] queues = new cl_command_queue[2];
  private final Halves halves = new Halves();
  private final ByteBuffer numbers =
      ByteBuffer.allocateDirect(Meeting.BYTES).order(ByteOrder.nativeOrder());
  private final cl_mem memory;
  private final cl_program program;
  private final cl_kernel pass;
  private final int[] number = {START};
  private final Pointer numberPointer = Pointer.to(number);
  private boolean secondIsBusy;
  private boolean failed;

  /** Makes the queues of two devices that nobody else uses like this. */
  TwoLanes(cl_context context, cl_device_id[] devices, boolean profiling) {
    int[] status = new int[1];
    Meeting.set(numbers, START);
    memory =
        CL.clCreateBuffer(
            context,
            CL.CL_MEM_READ_WRITE | CL.CL_MEM_USE_HOST_PTR,
            Meeting.BYTES,
            Pointer.to(numbers),
            status);
    Status.check(status[0], "clCreateBuffer", "the halves of a device");
    String[] text = {Meeting.PASS};
    program = CL.clCreateProgramWithSource(context, 1, text, null, status);
    Status.check(status[0], "clCreateProgramWithSource", "the halves of a device");
    Status.check(
        CL.clBuildProgram(program, 0, null, "-cl-std=CL1.2", null, null),
        "clBuildProgram",
        "the halves of a device");
    pass = CL.clCreateKernel(program, Meeting.PASS_NAME, status);
    Status.check(status[0], "clCreateKernel", "the halves of a device");
    bind(pass, 0);
    for (int i = 0; i < queues.length; i++) {
      queues[i] = Lanes.create(context, devices[i], profiling);
    }
  }

  @Override
  public String rewritten(String text) {
    return Meeting.rewritten(text);
  }

  @Override
  public void bind(Kernel kernel) {
    bind(kernel.handle(), kernel.meetingIndex());
    kernel.meetsAt(number[0]);
  }

  private void bind(cl_kernel kernel, int index) {
    Pointer value = Pointer.to(new NativePointerObject[] {memory});
    Status.check(
        CL.clSetKernelArg(kernel, index, Sizeof.cl_mem, value), "clSetKernelArg", "a meeting");
    Status.check(tellNumber(kernel, index), "clSetKernelArg", "a meeting");
  }

  @Override
  public int launch(
      Kernel kernel, long[] global, long[] local, boolean apart, Optional<Event> time) {
    if (failed) {
      return CL.CL_INVALID_COMMAND_QUEUE;
    }
    if (!kernel.meets()) {
      forCommand();
      return enqueue(0, kernel.handle(), global.length, null, global, local, time);
    }
    boolean cut = false;
    if (local != null) {
      halves.cut(global, local, apart);
      cut = halves.isCut();
    }
    boolean meets = cut || secondIsBusy || isOld(kernel.meetingNumber());
    int status = cut ? nextNumber() : settleSecond();
    if (status == CL.CL_SUCCESS && meets) {
      // Else an older number does, which both have passed.
      status = tellNumber(kernel.handle(), kernel.meetingIndex());
      kernel.meetsAt(number[0]);
    }
    if (status == CL.CL_SUCCESS) {
      status =
          local == null
              ? enqueue(0, kernel.handle(), global.length, null, global, null, time)
              : half(0, kernel, global.length, local, time);
    }
    if (status != CL.CL_SUCCESS) {
      if (cut) {
        takeBackNumber(kernel);
      }
      return status;
    }
    secondIsBusy = cut;
    return cut ? orLetPass(half(1, kernel, global.length, local, time)) : status;
  }

  /** Whether a number is so far behind that it may soon seem to be ahead. */
  private boolean isOld(int told) {
    return Integer.compareUnsigned(number[0] - told, FAR) > 0;
  }

  private int nextNumber() {
    number[0]++;
    return CL.CL_SUCCESS;
  }

  /** Nobody will write the number of a launch that the driver refused; its kernel was told it. */
  private void takeBackNumber(Kernel kernel) {
    number[0]--;
    kernel.meetsAt(number[0] - FAR - 1);
  }

  /**
   * Lets the second queue write a number behind all its work, where it had some. It counts as busy
   * until the first queue has a command that meets it there: a driver may refuse that one.
   */
  private int settleSecond() {
    if (!secondIsBusy) {
      return CL.CL_SUCCESS;
    }
    number[0]++;
    return pass(1);
  }

  private int half(int lane, Kernel kernel, int dimensions, long[] local, Optional<Event> time) {
    return enqueue(
        lane, kernel.handle(), dimensions, halves.offset(lane), halves.size(lane), local, time);
  }

  /** A half without work. */
  private int pass(int lane) {
    int status = tellNumber(pass, 0);
    return status == CL.CL_SUCCESS
        ? enqueue(lane, pass, 1, Halves.ALONE[lane], ONE, ONE, Optional.empty())
        : status;
  }

  private int tellNumber(cl_kernel kernel, int index) {
    return CL.clSetKernelArg(kernel, index + 1, Integer.BYTES, numberPointer);
  }

  private int enqueue(
      int lane,
      cl_kernel kernel,
      int dimensions,
      long[] offset,
      long[] size,
      long[] local,
      Optional<Event> time) {
    return CL.clEnqueueNDRangeKernel(
        queues[lane],
        kernel,
        dimensions,
        offset,
        size,
        local,
        0,
        null,
        time.isPresent() ? time.get().part(lane) : null);
  }

  /** One half waits already: where the other could not be launched, it must not for ever. */
  private int orLetPass(int status) {
    if (status != CL.CL_SUCCESS) {
      letPass();
    }
    return status;
  }

  private void letPass() {
    failed = true;
    Meeting.set(numbers, number[0] + FAR);
    VarHandle.fullFence();
  }

  @Override
  public cl_command_queue forCommand() {
    if (failed || secondIsBusy) {
      int status = failed ? CL.CL_INVALID_COMMAND_QUEUE : settleSecond();
      if (status == CL.CL_SUCCESS) {
        status = pass(0);
      }
      Status.check(status, "clEnqueueNDRangeKernel", "the halves of a device");
      secondIsBusy = false;
    }
    return queues[0];
  }

  @Override
  public int flush() {
    int first = CL.clFlush(queues[0]);
    int second = CL.clFlush(queues[1]);
    return first == CL.CL_SUCCESS ? second : first;
  }

  @Override
  public int finish() {
    // On its own the first half might wait for a second one that was not handed over.
    int flushed = flush();
    int first = CL.clFinish(queues[0]);
    int second = CL.clFinish(queues[1]);
    return flushed != CL.CL_SUCCESS ? flushed : first != CL.CL_SUCCESS ? first : second;
  }

  @Override
  public int release() {
    int first = CL.clReleaseCommandQueue(queues[0]);
    int second = CL.clReleaseCommandQueue(queues[1]);
    CL.clReleaseKernel(pass);
    CL.clReleaseProgram(program);
    CL.clReleaseMemObject(memory);
    return first == CL.CL_SUCCESS ? second : first;
  }
}
