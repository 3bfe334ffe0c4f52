package dev.gabor.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Arguments, launches and their times. */
class KernelTest {
  private Context context;
  private Program program;

  @BeforeEach
  void open() {
    context = Context.open(Pocl.device(), true, new ProgramCache(Optional.empty()));
    program = context.build(ProgramSource.of("test_scale"));
  }

  @AfterEach
  void nothingIsLeft() {
    context.close();
    assertThat(LiveObjects.describe()).isEqualTo("none");
  }

  @Test
  void computesOnAwkwardSizes() {
    for (int count : new int[] {1, 7, 13, 33}) {
      float[] x = new float[count];
      for (int i = 0; i < count; i++) {
        x[i] = i - 3;
      }
      Buffer input = context.allocate(count * 4L);
      Buffer output = context.allocate(count * 4L);
      Buffer beta = context.allocate(count * 4L);
      input.write(x, 0, count, 0);
      beta.fill(Float.floatToRawIntBits(100), 0, count * 4L);
      Kernel kernel =
          program
              .kernel("scale")
              .args()
              .buffer(input)
              .buffer(output)
              .noBuffer()
              .integer(count)
              .floating(0.25f)
              .done();
      long[] global = {(count + 7L) / 8 * 8};
      context.queue().launch(kernel, global, new long[] {8});
      float[] y = new float[count];
      output.read(y, 0, count, 0);
      kernel.setBuffer(2, beta);
      kernel.setFloat(4, 1);
      context.queue().launch(kernel, global);
      float[] shifted = new float[count];
      output.read(shifted, 0, count, 0);
      for (int i = 0; i < count; i++) {
        assertThat(y[i]).isEqualTo(0.5f * (i - 3));
        assertThat(shifted[i]).isEqualTo(2f * (i - 3) + 100);
      }
    }
  }

  @Test
  void keepsTheArgumentsOfEachKernelObjectApart() {
    Buffer buffer = context.allocate(4);
    buffer.fillZero();
    Kernel one = program.kernel("shift").args().buffer(buffer).longInteger(1).done();
    Kernel ten = program.kernel("shift").args().buffer(buffer).longInteger(10).done();
    long[] global = {1};
    context.queue().launch(one, global);
    context.queue().launch(ten, global);
    context.queue().launch(one, global);
    one.setLong(1, 500);
    context.queue().launch(one, global);
    int[] value = new int[1];
    buffer.read(value, 0, 1, 0);
    assertThat(value).containsExactly(512);
  }

  @Test
  void refusesWrongTypesAndNumbers() {
    Kernel kernel = program.kernel("scale");
    Buffer buffer = context.allocate(4);
    assertThatThrownBy(() -> kernel.setFloat(3, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("kernel scale, parameter 3 (int count): takes an int, not a float");
    assertThatThrownBy(() -> kernel.setInt(4, 1))
        .hasMessage("kernel scale, parameter 4 (float alpha): takes a float, not an int");
    assertThatThrownBy(() -> kernel.setLong(0, 1))
        .hasMessage("kernel scale, parameter 0 (float* x): takes a buffer, not a long");
    assertThatThrownBy(() -> kernel.setLocal(0, 64)).hasMessageContaining("not local memory");
    assertThatThrownBy(() -> kernel.setBuffer(5, buffer))
        .hasMessage("kernel scale has 5 parameters, there is no parameter 5");
    assertThatThrownBy(() -> kernel.setBuffer(-1, buffer)).hasMessageContaining("parameter -1");
    assertThatThrownBy(() -> kernel.args().buffer(buffer).buffer(buffer).done())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has 5 parameters, 2 arguments were given");
    kernel.setBuffer(2, buffer);
    assertThatThrownBy(() -> context.queue().launch(kernel, new long[] {1}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("parameter 3 (int count) was never set (5 parameters in all)");
  }

  @Test
  void refusesLocalMemoryInPlaceOfNothing() {
    Kernel kernel = context.build(ProgramSource.of("self_test")).kernel("group_sums");
    assertThatThrownBy(() -> kernel.setNoBuffer(2))
        .hasMessageContaining("takes local memory, not a buffer");
    kernel.setLocal(2, 64);
    assertThat(kernel.maxWorkGroupSize()).isPositive();
    assertThat(kernel.localMemoryBytes()).isGreaterThanOrEqualTo(0);
    assertThat(kernel.privateMemoryBytes()).isGreaterThanOrEqualTo(0);
  }

  @Test
  void namesKernelAndSizesWhenALaunchFails() {
    Kernel kernel =
        program.kernel("shift").args().buffer(context.allocate(64)).longInteger(1).done();
    assertThatThrownBy(() -> context.queue().launch(kernel, new long[] {10}, new long[] {1L << 40}))
        .isInstanceOf(OpenClException.class)
        .hasMessageContaining("clEnqueueNDRangeKernel failed with CL_INVALID_WORK_")
        .hasMessageContaining("kernel shift of program test_scale")
        .hasMessageContaining("global [10], local [1099511627776]")
        .hasMessageContaining(context.device().id());
    assertThatThrownBy(() -> context.queue().launch(kernel, new long[4]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 3 dimensions");
    assertThatThrownBy(() -> context.queue().launch(kernel, new long[1], new long[2]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void namesTheKernelsThereAre() {
    assertThatThrownBy(() -> program.kernel("sclae"))
        .isInstanceOf(OpenClException.class)
        .hasMessageContaining("clCreateKernel failed with CL_INVALID_KERNEL_NAME")
        .hasMessageContaining("kernel sclae of program test_scale")
        .hasMessageEndingWith("which has: scale, shift");
  }

  @Test
  void timesEveryLaunch() {
    List<KernelTime> times = new ArrayList<>();
    Kernel kernel =
        program.kernel("shift").args().buffer(context.allocate(64)).longInteger(1).done();
    Queue queue = context.queue();
    queue.launch(kernel, new long[] {16});
    queue.profile(times::add);
    for (int i = 0; i < 5; i++) {
      queue.launch(kernel, new long[] {16});
    }
    assertThat(times).isEmpty();
    queue.finish();
    queue.finish();
    assertThat(times).hasSize(5);
    for (int i = 0; i < 5; i++) {
      assertThat(times.get(i).kernel()).isEqualTo("shift");
      assertThat(times.get(i).program()).isEqualTo("test_scale");
      assertThat(times.get(i).elapsedNanos()).isNotNegative();
      assertThat(times.get(i).startNanos()).isPositive();
      if (i > 0) {
        assertThat(times.get(i).startNanos()).isGreaterThanOrEqualTo(times.get(i - 1).endNanos());
      }
    }
    queue.launch(kernel, new long[] {16});
    queue.profileOff();
    queue.launch(kernel, new long[] {16});
    queue.finish();
    assertThat(times).hasSize(5);
  }

  @Test
  void refusesToTimeWithoutProfiling() {
    try (Context plain = Context.open(context.device())) {
      assertThatThrownBy(() -> plain.queue().profile(time -> {}))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("without profiling");
    }
  }

  @Test
  void launchesWithoutAllocatingOnTheHeap() {
    Buffer buffer = context.allocate(64);
    Kernel kernel = program.kernel("shift").args().buffer(buffer).longInteger(1).done();
    Kernel scale = program.kernel("scale");
    long[] global = {16};
    long[] local = {16};
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    step(kernel, scale, buffer, global, local, 2000);
    long before = threads.getCurrentThreadAllocatedBytes();
    step(kernel, scale, buffer, global, local, 1000);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    // The bean itself and the compiler may cost some hundred bytes, a launch not one.
    assertThat(allocated).isLessThan(1000);
  }

  private void step(
      Kernel kernel, Kernel scale, Buffer buffer, long[] global, long[] local, int times) {
    for (int i = 0; i < times; i++) {
      kernel.setLong(1, i);
      scale.setInt(3, i);
      scale.setFloat(4, i);
      scale.setBuffer(0, buffer);
      buffer.fill(i, 0, 64);
      context.queue().launch(kernel, global, local);
    }
    context.queue().finish();
  }
}
