package dev.gabor.bench;

import dev.gabor.backend.Backend;
import dev.gabor.backend.CeilingOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Measures what a device can do at most. */
final class CeilingBenchmark {
  /** Chains of a work-item times a few work-groups; then doubled until nothing is won. */
  private static final int FIRST_CHAINS = 3 << 16;

  /** A larger problem must win so much to be taken for the ceiling. */
  private static final double WORTH_IT = 1.02;

  /** Floats that one partial sum covers. */
  private static final int FLOATS_PER_PART = 1024;

  // f(t) = a t + b stays near b / (1 - a) = 1, far from infinity and from denormals.
  private static final float FACTOR = 0.75f;
  private static final float SUMMAND = 0.25f;

  private final Backend backend;
  private final CeilingOps ceilings;
  private final Stopwatch stopwatch;
  private final Scale scale;

  CeilingBenchmark(Backend backend, Stopwatch stopwatch, Scale scale) {
    this.backend = backend;
    this.ceilings = backend.ceilings();
    this.stopwatch = stopwatch;
    this.scale = scale;
  }

  /** Everything; the multiply-add peak first and the copy bandwidth second. */
  List<Result> measure() {
    List<Result> results = new ArrayList<>();
    results.add(multiplyAdd());
    results.addAll(streams());
    if (ceilings.hasHalf()) {
      results.add(largestEnough(size -> multiplyAdd("multiply_add_fp16", size, true)));
    }
    results.add(local());
    results.addAll(launches());
    return results;
  }

  private Result multiplyAdd() {
    return largestEnough(size -> multiplyAdd("multiply_add", size, false));
  }

  private Result largestEnough(IntFunction<Result> measurement) {
    Result best = measurement.apply(FIRST_CHAINS);
    for (int size = 2 * FIRST_CHAINS; size <= streamFloats(); size *= 2) {
      Result next = measurement.apply(size);
      if (next.rate() < WORTH_IT * best.rate()) {
        return next.rate() > best.rate() ? next : best;
      }
      best = next;
    }
    return best;
  }

  private Result multiplyAdd(String pass, int size, boolean half) {
    try (Inputs inputs = new Inputs(backend)) {
      DeviceTensor x = inputs.random(size);
      Step step =
          half
              ? ceilings.multiplyAddHalf(x, x, scale.rounds(), FACTOR, SUMMAND)
              : ceilings.multiplyAdd(x, x, scale.rounds(), FACTOR, SUMMAND);
      return Result.of(
          // Without the size that was found to be enough: another run may find another.
          Subject.of(Subject.CEILING, pass, "chains"),
          time(step),
          Unit.GFLOPS,
          2.0 * size * scale.rounds());
    }
  }

  private List<Result> streams() {
    int size = streamFloats();
    double bytes = (double) size * Float.BYTES;
    try (Inputs inputs = new Inputs(backend)) {
      DeviceTensor x = inputs.random(size);
      DeviceTensor y = inputs.random(size);
      DeviceTensor partial = inputs.random(Math.max(1, size / FLOATS_PER_PART));
      float[] host = Inputs.randomArray(size);
      return List.of(
          stream("copy", size, time(ceilings.copy(x, y)), 2 * bytes),
          stream("read", size, time(ceilings.read(x, partial)), bytes),
          stream("write", size, time(ceilings.fill(y, SUMMAND)), bytes),
          stream("upload", size, stopwatch.measure(() -> backend.write(host, x)), bytes),
          stream("download", size, stopwatch.measure(() -> backend.read(x, host)), bytes));
    }
  }

  private Result local() {
    int size = Math.min(1 << 20, streamFloats()) / CeilingOps.TILE * CeilingOps.TILE;
    try (Inputs inputs = new Inputs(backend)) {
      DeviceTensor x = inputs.random(size);
      DeviceTensor y = inputs.random(size);
      Timing timing = time(ceilings.local(x, y, scale.rounds()));
      double bytes = (double) size * Float.BYTES * scale.rounds();
      return stream("local_memory", size, timing, bytes);
    }
  }

  /** A launch in a row of launches, and one that is waited for. */
  private List<Result> launches() {
    try (Inputs inputs = new Inputs(backend);
        Step step = ceilings.fill(inputs.random(1), SUMMAND)) {
      Timing launch = stopwatch.measure(step::run);
      Timing wait =
          stopwatch.measure(
              () -> {
                step.run();
                backend.finish();
              });
      return List.of(
          Result.of(subject("launch", 1), launch, Unit.RUNS, 1),
          Result.of(subject("launch_and_wait", 1), wait, Unit.RUNS, 1));
    }
  }

  private Timing time(Step bound) {
    try (Step step = bound) {
      return stopwatch.measure(step::run);
    }
  }

  private static Result stream(String pass, int size, Timing timing, double bytes) {
    return Result.of(subject(pass, size), timing, Unit.GIGABYTES, bytes);
  }

  private static Subject subject(String pass, int size) {
    return Subject.of(Subject.CEILING, pass, Integer.toString(size));
  }

  // Two arrays on the device and one on the host must fit beside everything else.
  private int streamFloats() {
    long host = Runtime.getRuntime().maxMemory();
    long bytes = Math.min(scale.streamBytes(), backend.maxAllocationBytes() / 2);
    bytes = Math.min(bytes, Math.min(backend.memoryBytes(), host) / 8);
    return Math.toIntExact(bytes / Float.BYTES);
  }
}
