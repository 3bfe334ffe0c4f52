package dev.gabor.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ceilings on a device on paper, whose clock and speed are known. */
class GaugeTest {
  private static final Shape SHAPE = Shape.of(1 << 20);
  private static final Work WORK = new Work(0, 2.0 * (1 << 20) * Float.BYTES);
  private static final Scale SCALE = new Scale(SHAPE, SHAPE, 1000, 1L << 24, 4096, 1, List.of());

  @Test
  void aRowCountsAgainstTheMemoryOfItsOwnMinute() {
    double[] gbS = {60};
    PaperDevice device = new PaperDevice(500, 1, seconds -> gbS[0]);
    try (Gauges gauges = measured(device)) {
      Result first = row(device, gauges);
      gbS[0] = 30;
      Result second = row(device, gauges);
      assertThat(first.peak().orElseThrow()).isCloseTo(60, within(6.0));
      assertThat(second.peak().orElseThrow()).isCloseTo(30, within(2.0));
      assertThat(first.percentOfPeak().orElseThrow()).isCloseTo(90, within(1.0));
      assertThat(second.percentOfPeak().orElseThrow()).isCloseTo(90, within(1.0));
    }
  }

  @Test
  void copiesStandBetweenTheSamplesOfARow() {
    // The speed falls to a half within the 50 samples of a row.
    PaperDevice still = new PaperDevice(500, 1, seconds -> 60);
    double end;
    try (Gauges gauges = measured(still)) {
      double start = still.seconds();
      row(still, gauges);
      end = still.seconds() - start;
    }
    double[] start = {Double.MAX_VALUE};
    PaperDevice device =
        new PaperDevice(
            500, 1, seconds -> 60 / (1 + Math.min(1, Math.max(0, seconds - start[0]) / end)));
    try (Gauges gauges = measured(device)) {
      start[0] = device.seconds();
      Result row = row(device, gauges);
      assertThat(row.rate()).isLessThan(45);
      assertThat(row.percentOfPeak().orElseThrow()).isCloseTo(90, within(4.0));
    }
  }

  @Test
  void aCopyStandsBeforeEachSampleOfARow() {
    PaperDevice device = new PaperDevice(500, 1, seconds -> 60);
    try (Gauges gauges = measured(device)) {
      row(device, gauges);
      double copies = device.copySeconds();
      double all = device.seconds();
      row(device, gauges);
      copies = device.copySeconds() - copies;
      all = device.seconds() - all;
      // A pass at 90 % of the copies' rate takes a little longer than they do.
      assertThat(copies).isCloseTo(0.9 / 1.9 * all, withinPercentage(3));
    }
  }

  @Test
  void arithmeticCountsAgainstMultiplyAddsBesideIt() {
    PaperDevice device = new PaperDevice(500, 1, seconds -> 60);
    Work work = new Work(1e9, 1e6);
    try (Gauges gauges = measured(device)) {
      Bench bench = bench(device, gauges);
      Subject subject = Subject.of("conv2d", "forward", "a shape");
      Result row = bench.arithmetic(subject, "a title", device.computing(1e9, 0.5), work);
      assertThat(row.peak().orElseThrow()).isCloseTo(500, within(5.0));
      assertThat(row.percentOfPeak().orElseThrow()).isCloseTo(50, within(1.0));
      Subject model = new Subject(Subject.MODEL, "train", "lenet", 64, "");
      Result images = bench.model(model, device.computing(1e9, 0.25)::run, work);
      assertThat(images.percentOfPeak().orElseThrow()).isCloseTo(25, within(0.5));
    }
  }

  @Test
  void oneGaugeAtATimeHoldsMemory() {
    PaperDevice device = new PaperDevice(500, 1, seconds -> 60);
    try (Gauges gauges = measured(device)) {
      assertThat(device.liveBytes()).isZero();
      Gauge copies = gauges.copy(5000);
      assertThat(gauges.copy(5000)).isSameAs(copies);
      assertThat(device.liveBytes()).isEqualTo(2 * 5000 * Float.BYTES);
      gauges.copy(100);
      assertThat(device.liveBytes()).isEqualTo(2 * 100 * Float.BYTES);
      // No array is larger than half of those that the start had.
      gauges.copy(1L << 40);
      assertThat(device.liveBytes()).isEqualTo(SCALE.streamBytes());
      gauges.multiplyAdd();
      assertThat(device.liveBytes()).isPositive().isLessThan(SCALE.streamBytes());
    }
    assertThat(device.liveBytes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.05, 5, 500, 50_000})
  void theArithmeticCeilingEndsSoonOnEveryDevice(double gflops) {
    // Wide devices need more chains.
    PaperDevice device = new PaperDevice(gflops, 1000 * Math.max(1, gflops), seconds -> 60);
    MultiplyAdds adds =
        new MultiplyAdds(device, device.stopwatch(Effort.QUICK), 4096, 1 << 26, false);
    assertThat(adds.measure().rate()).isBetween(0.97 * gflops, 1.001 * gflops);
    // Ten times as fast a device needs not a tenth, but the slowest of them ends in seconds.
    assertThat(device.seconds()).isLessThan(10);
    double before = device.seconds();
    try (Gauge gauge = adds.gauge()) {
      gauge.sample();
      assertThat(gauge.rate()).isBetween(0.97 * gflops, 1.001 * gflops);
    }
    assertThat(device.seconds() - before).isLessThan(5);
  }

  @Test
  void allCeilingsEndSoonOnASlowDevice() {
    PaperDevice device = new PaperDevice(0.05, 1, seconds -> 1);
    List<Result> results =
        new CeilingBenchmark(device, device.stopwatch(Effort.QUICK), SCALE).measure();
    assertThat(results)
        .extracting(result -> result.subject().pass())
        .contains("multiply_add", "copy", "read", "write", "local_memory");
    assertThat(device.seconds()).isLessThan(20);
  }

  private static Gauges measured(PaperDevice device) {
    CeilingBenchmark ceilings = new CeilingBenchmark(device, device.stopwatch(Effort.FULL), SCALE);
    ceilings.measure();
    return ceilings.gauges();
  }

  private static Bench bench(PaperDevice device, Gauges gauges) {
    return new Bench(
        device, device.stopwatch(Effort.FULL), Optional.of(gauges), false, BenchmarkListener.NONE);
  }

  private static Result row(PaperDevice device, Gauges gauges) {
    OperatorCase row =
        new OperatorCase(
            "add", "forward", SHAPE, WORK, (backend, inputs) -> device.moving(WORK.bytes(), 0.9));
    return row.measure(bench(device, gauges)).get(0);
  }
}
