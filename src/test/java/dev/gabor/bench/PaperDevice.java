package dev.gabor.bench;

import dev.gabor.backend.CeilingOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Memory;
import dev.gabor.backend.Step;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.tensor.Shape;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongSupplier;

/** A device on paper: nothing runs, but a clock of its own goes on as long as it would take. */
final class PaperDevice extends ReferenceBackend {
  /** What a launch takes. */
  private static final double LAUNCH_NANOS = 10_000;

  private final double gflops;
  private final double chainsForAll;
  private final DoubleUnaryOperator gbS;
  private double nanos;
  private double copyNanos;
  private long liveBytes;

  /**
   * A device.
   *
   * @param gflops that it computes with enough chains
   * @param chainsForAll that keep all of it busy
   * @param gbS its memory's speed at a time in seconds
   */
  PaperDevice(double gflops, double chainsForAll, DoubleUnaryOperator gbS) {
    this.gflops = gflops;
    this.chainsForAll = chainsForAll;
    this.gbS = gbS;
  }

  /** The stopwatch that goes by its clock. */
  Stopwatch stopwatch(Effort effort) {
    LongSupplier clock = () -> (long) nanos;
    return new Stopwatch(this, effort, clock);
  }

  /** What it has worked until now. */
  double seconds() {
    return nanos / 1e9;
  }

  /** What copies took of it. */
  double copySeconds() {
    return copyNanos / 1e9;
  }

  /** The bytes that are allocated now. */
  long liveBytes() {
    return liveBytes;
  }

  /** A step that moves so many bytes at a share of the speed of its memory. */
  Step moving(double bytes, double share) {
    return () -> pass(bytes / share / gbS.applyAsDouble(seconds()));
  }

  /** A step that computes so many operations at a share of its speed. */
  Step computing(double flops, double share) {
    return () -> pass(flops / share / gflops);
  }

  private double pass(double work) {
    nanos += LAUNCH_NANOS + work;
    return LAUNCH_NANOS + work;
  }

  @Override
  public Memory allocate(long sizeBytes) {
    Memory memory = super.allocate(sizeBytes);
    liveBytes += sizeBytes;
    return new Memory() {
      @Override
      public long sizeBytes() {
        return memory.sizeBytes();
      }

      @Override
      public DeviceTensor tensor(long offsetBytes, Shape shape, Layout layout) {
        return memory.tensor(offsetBytes, shape, layout);
      }

      @Override
      public void close() {
        liveBytes -= sizeBytes;
        memory.close();
      }
    };
  }

  @Override
  public void write(float[] source, DeviceTensor target) {
    moving((double) source.length * Float.BYTES, 1).run();
  }

  @Override
  public void read(DeviceTensor source, float[] target) {
    moving((double) target.length * Float.BYTES, 1).run();
  }

  @Override
  public CeilingOps ceilings() {
    return new CeilingOps() {
      @Override
      protected Step bindMultiplyAdd(DeviceTensor x, DeviceTensor y, int rounds, float a, float b) {
        double chains = x.shape().size();
        return computing(2 * chains * rounds, Math.min(1, chains / chainsForAll));
      }

      @Override
      protected Step bindCopy(DeviceTensor x, DeviceTensor y) {
        double bytes = 2.0 * x.shape().size() * Float.BYTES;
        return () -> copyNanos += pass(bytes / gbS.applyAsDouble(seconds()));
      }

      @Override
      protected Step bindRead(DeviceTensor x, DeviceTensor partial) {
        return moving((double) x.shape().size() * Float.BYTES, 1);
      }

      @Override
      protected Step bindFill(DeviceTensor y, float value) {
        return moving((double) y.shape().size() * Float.BYTES, 1);
      }

      @Override
      protected Step bindLocal(DeviceTensor x, DeviceTensor y, int rounds) {
        return computing((double) x.shape().size() * rounds, 1);
      }
    };
  }
}
