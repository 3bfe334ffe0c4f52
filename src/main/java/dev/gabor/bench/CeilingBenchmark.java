package dev.gabor.bench;

import dev.gabor.backend.Backend;
import dev.gabor.backend.CeilingOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import java.util.ArrayList;
import java.util.List;

/** Measures what a device can do at most. */
final class CeilingBenchmark {
  /** Floats that one partial sum covers. */
  private static final int FLOATS_PER_PART = 1024;

  private static final float VALUE = 0.25f;

  private final Backend backend;
  private final CeilingOps ceilings;
  private final Stopwatch stopwatch;
  private final Scale scale;
  private final MultiplyAdds multiplyAdds;

  CeilingBenchmark(Backend backend, Stopwatch stopwatch, Scale scale) {
    this.backend = backend;
    this.ceilings = backend.ceilings();
    this.stopwatch = stopwatch;
    this.scale = scale;
    this.multiplyAdds = multiplyAdds(false);
  }

  /** Everything; the multiply-add peak first and the copy bandwidth second. */
  List<Result> measure() {
    List<Result> results = new ArrayList<>();
    results.add(multiplyAdds.measure());
    results.addAll(streams());
    if (ceilings.hasHalf()) {
      results.add(multiplyAdds(true).measure());
    }
    results.add(local());
    results.addAll(launches());
    return results;
  }

  /** The ceilings that rows are compared with, to be measured again beside them. */
  Gauges gauges() {
    // Beside them stand the tensors of a row.
    return new Gauges(backend, stopwatch, multiplyAdds, streamFloats() / 2);
  }

  private MultiplyAdds multiplyAdds(boolean half) {
    return new MultiplyAdds(backend, stopwatch, scale.rounds(), streamFloats(), half);
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
          stream("write", size, time(ceilings.fill(y, VALUE)), bytes),
          stream("upload", size, stopwatch.measure(() -> backend.write(host, x)), bytes),
          stream("download", size, stopwatch.measure(() -> backend.read(x, host)), bytes));
    }
  }

  private Result local() {
    int size = Math.min(1 << 20, streamFloats()) / CeilingOps.TILE * CeilingOps.TILE;
    try (Inputs inputs = new Inputs(backend)) {
      DeviceTensor x = inputs.random(size);
      DeviceTensor y = inputs.random(size);
      int rounds = stopwatch.enoughRounds(scale.rounds(), count -> ceilings.local(x, y, count));
      Timing timing = time(ceilings.local(x, y, rounds));
      double bytes = (double) size * Float.BYTES * rounds;
      return stream("local_memory", size, timing, bytes);
    }
  }

  /** A launch in a row of launches, and one that is waited for. */
  private List<Result> launches() {
    try (Inputs inputs = new Inputs(backend);
        Step step = ceilings.fill(inputs.random(1), VALUE)) {
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
