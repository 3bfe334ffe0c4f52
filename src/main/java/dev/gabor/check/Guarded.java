package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Memory;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/**
 * A tensor in a memory of its own, between canaries: NaN of one bit pattern, so that a read outside
 * shows in the result and a write outside in the pattern.
 */
final class Guarded implements AutoCloseable {
  private static final float CANARY = Float.intBitsToFloat(0x7FC5A5A5);
  private static final int CANARY_BYTES = 1024;

  private final Backend backend;
  private final Memory memory;
  private final DeviceTensor whole;
  private final DeviceTensor tensor;
  private final int first;
  private final int length;

  /** Places a tensor and fills it. */
  Guarded(Backend backend, Tensor values, Layout layout) {
    this.backend = backend;
    int alignment = backend.alignmentBytes();
    int before = (CANARY_BYTES + alignment - 1) / alignment * alignment;
    first = before / Float.BYTES;
    long sizeBytes = backend.sizeBytes(values.shape(), layout);
    length = Math.toIntExact((sizeBytes + Float.BYTES - 1) / Float.BYTES);
    int floats = first + length + CANARY_BYTES / Float.BYTES;
    memory = backend.allocate((long) floats * Float.BYTES);
    whole = memory.tensor(0, Shape.of(floats), Layout.PLAIN);
    tensor = memory.tensor(before, values.shape(), layout);
    float[] canaries = new float[floats];
    Arrays.fill(canaries, CANARY);
    backend.write(canaries, whole);
    backend.write(values.data(), tensor);
  }

  /** A tensor full of NaN, for what will be overwritten. */
  static Tensor poison(Shape shape) {
    Tensor tensor = Tensor.zeros(shape);
    Arrays.fill(tensor.data(), Float.NaN);
    return tensor;
  }

  DeviceTensor tensor() {
    return tensor;
  }

  /** The contents, in canonical order. */
  float[] read() {
    float[] data = new float[tensor.shape().arrayLength()];
    backend.read(tensor, data);
    return data;
  }

  /** The nearest place outside the tensor that was written, if any. */
  Optional<String> damage() {
    float[] data = new float[whole.shape().arrayLength()];
    backend.read(whole, data);
    for (int i = first + length; i < data.length; i++) {
      if (isDamaged(data[i])) {
        return Optional.of((i - first - length) + " elements behind its end");
      }
    }
    for (int i = first - 1; i >= 0; i--) {
      if (isDamaged(data[i])) {
        return Optional.of((first - i) + " elements before its beginning");
      }
    }
    return Optional.empty();
  }

  private static boolean isDamaged(float value) {
    return Float.floatToRawIntBits(value) != Float.floatToRawIntBits(CANARY);
  }

  @Override
  public void close() {
    memory.close();
  }
}
