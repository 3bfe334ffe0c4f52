package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.ElementwiseOps;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Memory;
import dev.gabor.backend.Operators;
import dev.gabor.backend.Step;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.tensor.Shape;
import java.util.HashMap;
import java.util.Map;

/** A device whose sums and products are right, and are then spoiled. */
public class FaultyBackend extends Backend {
  /** What goes wrong after an operation. */
  @FunctionalInterface
  public interface Fault {
    /** Spoils y or what lies around it. */
    void strike(FaultyBackend backend, DeviceTensor b, DeviceTensor y);
  }

  private final Backend good = new ReferenceBackend();
  private final Map<DeviceTensor, Memory> owners = new HashMap<>();
  private final Map<DeviceTensor, Long> offsets = new HashMap<>();
  private final Fault fault;

  /** A device that lies. */
  public FaultyBackend(Fault fault) {
    this.fault = fault;
  }

  /** Overwrites one element of a tensor; the index may lie outside it. */
  public void spoil(DeviceTensor tensor, int index, float value) {
    Memory memory = owners.get(tensor);
    Shape floats = Shape.of(Math.toIntExact(memory.sizeBytes() / Float.BYTES));
    DeviceTensor whole = memory.tensor(0, floats, Layout.PLAIN);
    float[] data = new float[floats.arrayLength()];
    good.read(whole, data);
    data[Math.toIntExact(offsets.get(tensor) / Float.BYTES) + index] = value;
    good.write(data, whole);
  }

  @Override
  public Memory allocate(long sizeBytes) {
    Memory memory = good.allocate(sizeBytes);
    return new Memory() {
      @Override
      public long sizeBytes() {
        return memory.sizeBytes();
      }

      @Override
      public DeviceTensor tensor(long offsetBytes, Shape shape, Layout layout) {
        DeviceTensor tensor = memory.tensor(offsetBytes, shape, layout);
        owners.put(tensor, memory);
        offsets.put(tensor, offsetBytes);
        return tensor;
      }

      @Override
      public void close() {
        memory.close();
      }
    };
  }

  @Override
  public ElementwiseOps elementwise() {
    return new ElementwiseOps() {
      @Override
      protected Step bindAdd(DeviceTensor a, DeviceTensor b, DeviceTensor y) {
        return spoiled(good.elementwise().add(a, b, y), b, y);
      }

      @Override
      protected Step bindMultiply(DeviceTensor a, DeviceTensor b, DeviceTensor y) {
        return spoiled(good.elementwise().multiply(a, b, y), b, y);
      }
    };
  }

  private Step spoiled(Step step, DeviceTensor b, DeviceTensor y) {
    return () -> {
      step.run();
      fault.strike(this, b, y);
    };
  }

  @Override
  public String name() {
    return "faulty";
  }

  @Override
  public String description() {
    return "a faulty device";
  }

  @Override
  public long memoryBytes() {
    return good.memoryBytes();
  }

  @Override
  public long maxAllocationBytes() {
    return good.maxAllocationBytes();
  }

  @Override
  public int alignmentBytes() {
    return good.alignmentBytes();
  }

  @Override
  public void write(float[] source, DeviceTensor target) {
    good.write(source, target);
  }

  @Override
  public void read(DeviceTensor source, float[] target) {
    good.read(source, target);
  }

  @Override
  public void finish() {
    good.finish();
  }

  @Override
  public Operators operators() {
    return good.operators();
  }

  @Override
  public void close() {
    good.close();
  }
}
