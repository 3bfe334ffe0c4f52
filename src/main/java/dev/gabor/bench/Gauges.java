package dev.gabor.bench;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The ceilings that rows are compared with, made when they are asked for. One at a time holds
 * memory, because what is measured beside it may need the rest.
 */
final class Gauges implements AutoCloseable {
  private final Backend backend;
  private final Stopwatch stopwatch;
  private final MultiplyAdds multiplyAdds;
  private final int mostFloats;
  private String name = "";
  private Optional<Gauge> gauge = Optional.empty();

  /**
   * Gauges of a device.
   *
   * @param multiplyAdds that were measured
   * @param mostFloats of an array that is copied
   */
  Gauges(Backend backend, Stopwatch stopwatch, MultiplyAdds multiplyAdds, int mostFloats) {
    this.backend = backend;
    this.stopwatch = stopwatch;
    this.multiplyAdds = multiplyAdds;
    this.mostFloats = mostFloats;
  }

  /** Multiply-adds in registers, in GFLOP/s. */
  Gauge multiplyAdd() {
    return keep("multiply-add", multiplyAdds::gauge);
  }

  /**
   * Copies, reads and writes together, in GB/s. One stands before each sample of what is compared,
   * so both find caches full of what the other left there, as operations of a model do: a pass that
   * followed itself would find a part of its own tensors, and be faster than any copy.
   *
   * @param floats of an array, as of the tensors beside it; fewer where more would not fit
   */
  Gauge copy(long floats) {
    int size = (int) Math.min(floats, mostFloats);
    return keep("copy " + size, () -> copyOf(size));
  }

  private Gauge copyOf(int size) {
    Inputs inputs = new Inputs(backend);
    DeviceTensor x = inputs.random(size);
    DeviceTensor y = inputs.random(size);
    double bytes = 2.0 * size * Float.BYTES;
    return new Gauge(stopwatch, inputs, backend.ceilings().copy(x, y), bytes / 1e9, 1);
  }

  private Gauge keep(String wanted, Supplier<Gauge> maker) {
    if (gauge.isPresent() && name.equals(wanted)) {
      return gauge.get();
    }
    close();
    Gauge made = maker.get();
    name = wanted;
    gauge = Optional.of(made);
    return made;
  }

  @Override
  public void close() {
    gauge.ifPresent(Gauge::close);
    gauge = Optional.empty();
  }
}
