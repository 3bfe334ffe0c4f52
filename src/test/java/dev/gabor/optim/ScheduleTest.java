package dev.gabor.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
  private static void rates(Schedule schedule, int total, double... expected) {
    for (int step = 0; step < expected.length; step++) {
      assertThat(schedule.rate(step, total))
          .as("%s, step %d", schedule, step)
          .isCloseTo(expected[step], within(1e-12));
    }
  }

  @Test
  void constantStays() {
    assertThat(Schedule.constant(0.3).rate(0, 10)).isEqualTo(0.3);
    assertThat(Schedule.constant(0.3).rate(9, 10)).isEqualTo(0.3);
  }

  @Test
  void stepMultiStepAndExponentialEqualPyTorchByHand() {
    rates(Schedule.step(0.5, 2, 0.1), 9, 0.5, 0.5, 0.05, 0.05, 0.005, 0.005, 0.0005);
    rates(Schedule.multiStep(1, 0.5, 2, 5), 9, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25);
    // PyTorch's milestones are a multiset.
    rates(Schedule.multiStep(1, 0.5, 2, 2), 9, 1, 1, 0.25);
    rates(Schedule.exponential(0.1, 0.9), 9, 0.1, 0.09, 0.081, 0.0729);
  }

  @Test
  void epochsCountNotSteps() {
    Schedule schedule = Schedule.step(1, 2, 0.1);
    assertThat(schedule.rate(new Moment(19, 10, 4, List.of()))).isEqualTo(1);
    assertThat(schedule.rate(new Moment(20, 10, 4, List.of()))).isCloseTo(0.1, within(1e-12));
  }

  @Test
  void cosineFallsFromTheRateToNothing() {
    rates(Schedule.cosine(0.2), 12, 0.2);
    Schedule schedule = Schedule.cosine(0.2);
    assertThat(schedule.rate(4, 12)).isCloseTo(0.15, within(1e-12));
    assertThat(schedule.rate(6, 12)).isCloseTo(0.1, within(1e-12));
    assertThat(schedule.rate(8, 12)).isCloseTo(0.05, within(1e-12));
    assertThat(schedule.rate(12, 12)).isCloseTo(0, within(1e-12));
    assertThat(Schedule.cosine(0.2, 0.1).rate(4, 12)).isCloseTo(0.175, within(1e-12));
  }

  @Test
  void warmUpRisesToTheSchedule() {
    Schedule schedule = Schedule.constant(0.1).warmedUp(0.25);
    assertThat(schedule.rate(0, 16)).isCloseTo(0.025, within(1e-12));
    assertThat(schedule.rate(1, 16)).isCloseTo(0.05, within(1e-12));
    assertThat(schedule.rate(3, 16)).isCloseTo(0.1, within(1e-12));
    assertThat(schedule.rate(15, 16)).isCloseTo(0.1, within(1e-12));
  }

  // OneCycleLR(max_lr=1, total_steps=10, pct_start=0.3, div_factor=25, final_div_factor=1e4): up
  // to step 2, down to step 9; a quarter of the way along a cosine is (2 - √2) / 4.
  @Test
  void oneCycleEqualsPyTorchByHand() {
    Schedule schedule = Schedule.oneCycle(1);
    rates(schedule, 10, 0.04, 0.52, 1);
    assertThat(schedule.rate(9, 10)).isCloseTo(4e-6, within(1e-15));
    Schedule even = Schedule.oneCycle(1, 0.2, 10, 100);
    // 21 steps: the top is at 3.2, the end at 20.
    assertThat(even.rate(0, 21)).isCloseTo(0.1, within(1e-12));
    assertThat(even.rate(20, 21)).isCloseTo(0.001, within(1e-12));
    double down = (4 - 3.2) / 16.8;
    assertThat(even.rate(4, 21))
        .isCloseTo(0.001 + 0.999 / 2 * (1 + Math.cos(Math.PI * down)), within(1e-12));
    assertThat(Schedule.oneCycle(1, 0.1, 10, 100).rate(0, 10)).isEqualTo(1);
  }

  // ReduceLROnPlateau(factor=0.5, patience=1, threshold=0.1, cooldown=1, min_lr=0.2).
  @Test
  void plateauEqualsPyTorchByHand() {
    Schedule schedule = new Plateau(1, 0.5, 1, 0.1, 1, 0.2);
    // Better: 1, 0.8 (below 0.9); 0.75 is not below 0.72: bad 1; 0.74: bad 2, so halved. In
    // cooldown the next bad one does not count; then bad 1, bad 2: halved; the third stops at 0.2.
    double[] losses = {1, 0.8, 0.75, 0.74, 0.74, 0.74, 0.74, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9};
    double[] after = {1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2};
    Double[] seen = new Double[0];
    for (int epoch = 0; epoch < losses.length; epoch++) {
      seen = Arrays.copyOf(seen, epoch + 1);
      seen[epoch] = losses[epoch];
      Moment moment = new Moment(epoch + 1, 1, 99, List.of(seen));
      assertThat(schedule.rate(moment)).as("after epoch %d", epoch).isEqualTo(after[epoch]);
    }
    assertThat(schedule.rate(0, 9)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "constant:rate=0.1",
        "step:rate=0.1,size=7,gamma=0.5",
        "multistep:rate=0.1,milestones=3+5,gamma=0.5",
        "exponential:rate=0.1,gamma=0.5",
        "cosine:rate=0.1,min=0.01,warmup=0.2",
        "onecycle:rate=0.1,start=0.25,div=10.0,final=100.0",
        "plateau:rate=0.1,factor=0.5,patience=2,threshold=0.01,cooldown=1,min=0.001"
      })
  void theTextFormReadsBack(String text) {
    assertThat(Schedule.parse(text, 9).text()).isEqualTo(text);
  }

  @Test
  void theTextFormHasDefaults() {
    assertThat(Schedule.parse("cosine", 0.5).text())
        .isEqualTo("cosine:rate=0.5,min=0.0,warmup=0.05");
    assertThat(Schedule.parse("plateau", 0.5)).isEqualTo(Plateau.of(0.5));
    assertThat(Schedule.parse("step", 0.5).text()).isEqualTo("step:rate=0.5,size=30,gamma=0.1");
    Schedule own = moment -> 1;
    assertThat(own.warmedUp(0.1).text()).isEqualTo("custom");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "linear | unknown schedule linear, expected one of constant, step, multistep, exponential,"
            + " cosine, onecycle, plateau",
        "step:sise=3 | schedule step:sise=3: unknown setting sise",
        "step:size | schedule step:size: expected key=value, found \"size\"",
        "step:size=x | schedule step:size=x: size: expected a number, found x",
        "step:size=0 | schedule step: size is 0, expected at least 1",
        "step:size=1.5 | schedule step:size=1.5: size: expected a whole number, found 1.5",
        "step:gamma=-1 | schedule step:gamma=-1: gamma: expected a finite number of at least 0, found"
            + " -1",
        "multistep | schedule multistep: milestones are missing, expected for example"
            + " milestones=30+60",
        "multistep:milestones=3;4 | schedule multistep:milestones=3;4: milestones: expected epochs"
            + " joined by +, found 3;4",
        "onecycle:start=1 | schedule onecycle: start is 1.0, expected above 0 and below 1",
        "plateau:factor=1 | schedule plateau: factor is 1.0, expected at least 0 and below 1",
        "cosine:warmup=1 | schedule: warmup is 1.0, expected at least 0 and below 1",
      })
  void wrongTextIsRefused(String text, String message) {
    assertThatThrownBy(() -> Schedule.parse(text, 0.1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}
