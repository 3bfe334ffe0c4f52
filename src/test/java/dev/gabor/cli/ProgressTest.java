package dev.gabor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.train.EpochReport;
import dev.gabor.train.MemoryForecast;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final int MEBIBYTE = 1 << 20;

  @Test
  void elsewhereThanOnATerminalThereIsOneLineAnEpoch() {
    StringWriter err = new StringWriter();
    try (Progress progress = new Progress(new PrintWriter(err), false)) {
      progress.runStarted(
          new MemoryForecast(
              MEBIBYTE,
              2 * MEBIBYTE,
              3 * MEBIBYTE,
              4 * MEBIBYTE,
              MEBIBYTE,
              0,
              0,
              4 * MEBIBYTE,
              9 * MEBIBYTE),
          2,
          10);
      for (int step = 1; step <= 10; step++) {
        progress.batchEnded(1, step, 10);
      }
      progress.epochEnded(
          new EpochReport(
              1,
              0.5,
              0.75,
              OptionalDouble.of(0.25),
              OptionalDouble.of(0.875),
              1234.5,
              0.014,
              2.04));
    }
    assertThat(err.toString().lines())
        .containsExactly(
            "memory: 11.0 MiB on the device: parameters 1.0, gradients 2.0, optimizer 3.0,"
                + " activations 4.0 (9.0 without sharing), uploads 1.0, validation 0.0",
            "epoch 1/2: train loss 0.5000 accuracy 0.7500, validation loss 0.2500 accuracy 0.8750,"
                + " 1235 images/s, 2.0 s");
  }

  @Test
  void recomputingAndWaitingAreSaidWhereThereIsSome() {
    StringWriter err = new StringWriter();
    try (Progress progress = new Progress(new PrintWriter(err), false)) {
      progress.runStarted(
          new MemoryForecast(0, 0, 0, 2 * MEBIBYTE, 0, 0, 0, 4 * MEBIBYTE, 9 * MEBIBYTE), 1, 10);
      progress.epochEnded(
          new EpochReport(
              1, 0.5, 0.75, OptionalDouble.empty(), OptionalDouble.empty(), 100, 0.25, 2));
    }
    assertThat(err.toString())
        .contains("activations 2.0 (4.0 without recomputing, 9.0 without sharing)")
        .contains("100 images/s (25 % waiting for data), 2.0 s");
  }

  @Test
  void aRunWithoutValidationSaysNothingOfIt() {
    StringWriter err = new StringWriter();
    try (Progress progress = new Progress(new PrintWriter(err), false)) {
      progress.epochEnded(
          new EpochReport(1, 0.5, 0.75, OptionalDouble.empty(), OptionalDouble.empty(), 100, 0, 2));
    }
    assertThat(err.toString()).doesNotContain("validation");
  }
}
