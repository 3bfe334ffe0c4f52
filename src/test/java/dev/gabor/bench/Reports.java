package dev.gabor.bench;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Reports made by hand. */
final class Reports {
  private Reports() {}

  static Report of(Result... results) {
    return new Report("a device", 200, 10, Map.of("driver", "1.0"), List.of(results));
  }

  static Result convolution(String algorithm, double millis, double spreadPercent) {
    Subject subject = new Subject("conv2d", "forward", "1,1,8,8,1,3,3,1,1,1,1", 0, algorithm);
    Timing timing =
        new Timing(millis, millis, spreadPercent, 15).withKernelMillis(OptionalDouble.of(1.8));
    return Result.of(subject, timing, Unit.GFLOPS, 1e8)
        .against(OptionalDouble.of(200))
        .with(new Work(1e8, 1e6))
        .withReference(OptionalDouble.of(40));
  }

  static Result add(double millis, double peakGbS) {
    Timing timing = new Timing(millis, millis, 1, 15);
    return Result.of(Subject.of("add", "forward", "100,10"), timing, Unit.GIGABYTES, 1.2e8)
        .against(OptionalDouble.of(peakGbS))
        .with(new Work(1e7, 1.2e8));
  }

  static Result model(String pass, double millis) {
    Subject subject = new Subject(Subject.MODEL, pass, "lenet", 64, "");
    return Result.of(subject, new Timing(millis, millis, 1, 15), Unit.IMAGES, 64);
  }
}
