package dev.gabor.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gabor.backend.reference.ReferenceBackend;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TimingTest {
  @Test
  void takesTheMiddle() {
    // Quartiles as NumPy gives them: 1.75 and 3.25.
    assertThat(Timing.of(4, 1, 3, 2)).isEqualTo(new Timing(2.5, 1, 60, 4));
    assertThat(Timing.of(7, 5, 100)).isEqualTo(new Timing(7, 5, 100 * 47.5 / 7, 3));
    assertThat(Timing.of(3)).isEqualTo(new Timing(3, 3, 0, 1));
  }

  @Test
  void refusesNoSamplesAndNoEffort() {
    assertThatThrownBy(Timing::of).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Effort(3, 2, 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found 3, 2");
  }

  @Test
  void takesAsManySamplesAsItShould() {
    try (ReferenceBackend backend = new ReferenceBackend()) {
      AtomicInteger runs = new AtomicInteger();
      Timing timing =
          new Stopwatch(backend, new Effort(4, 4, 1e3, 1e-9)).measure(runs::incrementAndGet);
      assertThat(timing.samples()).isEqualTo(4);
      // One to compile, one to calibrate.
      assertThat(runs).hasValue(6);
      assertThat(timing.minMillis()).isPositive().isLessThanOrEqualTo(timing.medianMillis());
    }
  }

  @Test
  void warmsUpForTwiceTheBudget() {
    try (ReferenceBackend backend = new ReferenceBackend()) {
      AtomicInteger runs = new AtomicInteger();
      AtomicLong nanos = new AtomicLong();
      Effort effort = new Effort(1, 1, 0.5, 1);
      new Stopwatch(backend, effort, () -> nanos.addAndGet(100_000_000))
          .warmUp(runs::incrementAndGet);
      assertThat(runs).as("runs of 100 ms in a second").hasValue(10);
    }
  }
}
