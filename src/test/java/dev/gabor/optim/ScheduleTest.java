package dev.gabor.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScheduleTest {
  @Test
  void constantStays() {
    assertThat(Schedule.constant(0.3).rate(0, 10)).isEqualTo(0.3);
    assertThat(Schedule.constant(0.3).rate(9, 10)).isEqualTo(0.3);
  }

  @Test
  void cosineFallsFromTheRateToNothing() {
    Schedule schedule = Schedule.cosine(0.2);
    assertThat(schedule.rate(0, 12)).isEqualTo(0.2);
    assertThat(schedule.rate(4, 12)).isCloseTo(0.15, within(1e-12));
    assertThat(schedule.rate(6, 12)).isCloseTo(0.1, within(1e-12));
    assertThat(schedule.rate(8, 12)).isCloseTo(0.05, within(1e-12));
    assertThat(schedule.rate(12, 12)).isCloseTo(0, within(1e-12));
  }

  @Test
  void warmUpRisesToTheSchedule() {
    Schedule schedule = Schedule.constant(0.1).warmedUp(0.25);
    assertThat(schedule.rate(0, 16)).isCloseTo(0.025, within(1e-12));
    assertThat(schedule.rate(1, 16)).isCloseTo(0.05, within(1e-12));
    assertThat(schedule.rate(3, 16)).isCloseTo(0.1, within(1e-12));
    assertThat(schedule.rate(15, 16)).isCloseTo(0.1, within(1e-12));
  }
}
