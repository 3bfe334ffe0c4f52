package dev.gabor.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Buffers, their limits, and the life of native objects. */
class ContextTest {
  private Context context;

  @BeforeEach
  void open() {
    assertThat(LiveObjects.describe()).isEqualTo("none");
    context = Context.open(Pocl.device(), false, new ProgramCache(Optional.empty()));
  }

  @AfterEach
  void nothingIsLeft() {
    context.close();
    assertThat(LiveObjects.describe()).isEqualTo("none");
    assertThat(LiveObjects.count()).isZero();
  }

  @Test
  void transfersParts() {
    Buffer buffer = context.allocate(13 * 4);
    buffer.fillZero();
    buffer.write(new float[] {9, 1, 2, 3, 9}, 1, 3, 8);
    float[] floats = new float[15];
    buffer.read(floats, 1, 13, 0);
    assertThat(floats).containsExactly(0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    buffer.write(new int[] {7, -7}, 0, 2, 44);
    int[] ints = new int[3];
    buffer.read(ints, 0, 3, 40);
    assertThat(ints).containsExactly(0, 7, -7);

    buffer.write(new byte[] {5, 6, 7}, 2, 1, 51);
    byte[] bytes = new byte[2];
    buffer.read(bytes, 0, 2, 50);
    assertThat(bytes).containsExactly(-1, 7);
  }

  @Test
  void fillsAndCopiesRanges() {
    Buffer source = context.allocate(7 * 4);
    source.fill(42, 0, 28);
    source.fill(-1, 8, 4);
    Buffer target = context.allocate(33 * 4);
    target.fillZero();
    target.copyFrom(source, 4, 128, 4);
    target.copyFrom(source, 8, 0, 8);
    int[] values = new int[33];
    target.read(values, 0, 33, 0);
    int[] expected = new int[33];
    expected[0] = -1;
    expected[1] = 42;
    expected[32] = 42;
    assertThat(values).isEqualTo(expected);
    assertThatThrownBy(() -> target.copyFrom(source, 4, 0, 28))
        .hasMessageStartingWith("copy from of 28 bytes at byte 4: outside the buffer of 28 bytes");
  }

  @Test
  void refusesRangesOutsideTheBuffer() {
    Buffer buffer = context.allocate(28);
    float[] seven = new float[7];
    assertThatThrownBy(() -> buffer.write(seven, 0, 7, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("write of 28 bytes at byte 4: outside the buffer of 28 bytes");
    assertThatThrownBy(() -> buffer.read(seven, 0, 1, -4))
        .hasMessageStartingWith("read of 4 bytes at byte -4: outside the buffer of 28 bytes");
    assertThatThrownBy(() -> buffer.read(seven, 1, 7, 0))
        .hasMessageStartingWith("read of 7 elements at index 1: outside the array of 7");
    assertThatThrownBy(() -> buffer.write(seven, -1, 2, 0))
        .hasMessageStartingWith("write of 2 elements at index -1: outside the array of 7");
    assertThatThrownBy(() -> buffer.write(new byte[4], 0, 1, Long.MAX_VALUE))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> buffer.fill(0, 2, 4))
        .hasMessage("fill of 4 bytes at byte 2: both must be multiples of 4");
    buffer.read(seven, 7, 0, 28);
  }

  @Test
  void refusesSizesTheDeviceCannotAllocate() {
    long tooMuch = context.device().maxAllocationBytes() + 1;
    assertThatThrownBy(() -> context.allocate(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> context.allocate(tooMuch))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a buffer of " + tooMuch + " bytes: " + context.device().id());
  }

  @Test
  void slicesShareMemoryAndMayBeSlicedAgain() {
    int alignment = context.device().alignmentBytes();
    Buffer whole = context.allocate(4L * alignment);
    whole.fillZero();
    Buffer back = whole.slice(alignment, 3L * alignment);
    Buffer last = back.slice(2L * alignment, 4);
    last.write(new int[] {77}, 0, 1, 0);
    int[] value = new int[1];
    whole.read(value, 0, 1, 3L * alignment);
    assertThat(value).containsExactly(77);
    assertThat(last.sizeBytes()).isEqualTo(4);
    assertThat(LiveObjects.describe()).isEqualTo("context 1, queue 1, buffer 1, slice 2");

    last.close();
    assertThat(LiveObjects.describe()).isEqualTo("context 1, queue 1, buffer 1, slice 1");
    whole.close();
    assertThat(LiveObjects.describe()).isEqualTo("context 1, queue 1");
    assertThatThrownBy(() -> back.fillZero())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageMatching("slice of \\d+ bytes on opencl:\\d+:\\d+ is closed");
  }

  @Test
  void refusesCrookedSlices() {
    int alignment = context.device().alignmentBytes();
    Buffer whole = context.allocate(2L * alignment);
    assertThatThrownBy(() -> whole.slice(4, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("slice at byte 4, 4 bytes long")
        .hasMessageContaining("a multiple of " + alignment);
    assertThatThrownBy(() -> whole.slice(alignment, alignment + 1L))
        .hasMessageContaining("outside the buffer of");
    assertThatThrownBy(() -> whole.slice(0, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void closesEverythingOnceAndRefusesUseAfterwards() {
    Buffer buffer = context.allocate(4);
    Queue queue = context.queue();
    Program program = context.build(ProgramSource.of("test_scale"));
    Kernel kernel = program.kernel("shift").args().buffer(buffer).longInteger(1).done();
    assertThat(LiveObjects.count()).isEqualTo(5);
    context.close();
    context.close();
    kernel.close();
    buffer.close();
    assertThat(LiveObjects.count()).isZero();
    assertThatThrownBy(() -> context.allocate(4))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("context on opencl:")
        .hasMessageEndingWith("is closed");
    assertThatThrownBy(() -> context.build(ProgramSource.of("test_scale")))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> program.kernel("shift")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> kernel.setLong(1, 2)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> buffer.read(new int[1], 0, 1, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(queue::finish).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> queue.launch(kernel, new long[] {1}))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void refusesALaunchOnAClosedBuffer() {
    Buffer buffer = context.allocate(4);
    Kernel kernel =
        context
            .build(ProgramSource.of("test_scale"))
            .kernel("shift")
            .args()
            .buffer(buffer)
            .longInteger(1)
            .done();
    buffer.close();
    assertThatThrownBy(() -> context.queue().launch(kernel, new long[] {1}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the buffer of 4 bytes")
        .hasMessageContaining("bound to parameter 0")
        .hasMessageEndingWith("is closed");
  }

  @Test
  void refusesStrangersFromAnotherContext() {
    try (Context other = Context.open(context.device())) {
      Buffer theirs = other.allocate(4);
      Kernel ours = context.build(ProgramSource.of("test_scale")).kernel("shift");
      assertThatThrownBy(() -> ours.setBuffer(0, theirs)).hasMessageContaining("does not belong");
      assertThatThrownBy(() -> other.queue().launch(ours, new long[] {1}))
          .hasMessageContaining("does not belong");
      assertThatThrownBy(() -> context.allocate(4).copyFrom(theirs, 0, 0, 4))
          .hasMessageContaining("does not belong");
    }
  }

  @Test
  void warnsOfAForgottenContextWithThePlaceOfOpening() {
    Logger logger = (Logger) LoggerFactory.getLogger(LeakWarning.class);
    ListAppender<ILoggingEvent> appender = new ListAppender<>();
    appender.start();
    logger.addAppender(appender);
    logger.setAdditive(false);
    logger.setLevel(Level.WARN); // the tests' own settings are quieter
    try {
      LeakWarning warning = context.leakWarning();
      warning.run();
      context.close();
      warning.run();
    } finally {
      logger.setLevel(null);
      logger.setAdditive(true);
      logger.detachAppender(appender);
    }
    assertThat(appender.list).hasSize(1);
    ILoggingEvent event = appender.list.get(0);
    assertThat(event.getFormattedMessage()).contains("context on opencl:", "was never closed");
    assertThat(
            IntStream.range(0, event.getThrowableProxy().getStackTraceElementProxyArray().length)
                .mapToObj(i -> event.getThrowableProxy().getStackTraceElementProxyArray()[i])
                .map(Object::toString))
        .anyMatch(line -> line.contains("ContextTest.open"));
  }
}
