package dev.gabor.bench;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Memory;
import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Shape;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;

/** The tensors of one case, filled with random numbers and closed together. */
final class Inputs implements AutoCloseable {
  /** A prime, so that a pattern repeated never falls in step with a row or a page. */
  private static final int PATTERN = 1_000_003;

  private static final float[] RANDOM = pattern();

  /** The share of the device's memory that a case may take. */
  private static final double SHARE = 0.8;

  private final Backend backend;
  private final Deque<Memory> owned = new ArrayDeque<>();

  Inputs(Backend backend) {
    this.backend = backend;
  }

  /** Why tensors of these sizes cannot be measured on a backend; empty if they can. */
  static Optional<String> tooLarge(Backend backend, long... sizesBytes) {
    long sum = 0;
    for (long sizeBytes : sizesBytes) {
      sum += sizeBytes;
      if (sizeBytes > backend.maxAllocationBytes()) {
        return Optional.of(
            "a tensor of %d bytes, but the device allocates at most %d at once"
                .formatted(sizeBytes, backend.maxAllocationBytes()));
      }
    }
    return sum <= SHARE * backend.memoryBytes()
        ? Optional.empty()
        : Optional.of("%d bytes of %d on the device".formatted(sum, backend.memoryBytes()));
  }

  /** A tensor of random numbers in [-1, 1). */
  DeviceTensor random(Shape shape, Layout layout) {
    long sizeBytes = backend.sizeBytes(shape, layout);
    Memory memory = allocate(sizeBytes);
    // In whatever order: random numbers need none, and putting images in order takes long.
    Shape all = Shape.of(Math.toIntExact(sizeBytes / Float.BYTES));
    backend.write(randomArray(all.arrayLength()), memory.tensor(0, all, Layout.PLAIN));
    return memory.tensor(0, shape, layout);
  }

  /** A plain tensor of random numbers in [-1, 1). */
  DeviceTensor random(int... lengths) {
    return random(Shape.of(lengths), Layout.PLAIN);
  }

  /** A plain tensor of one value. */
  DeviceTensor filled(float value, int... lengths) {
    DeviceTensor tensor = allocate(Shape.of(lengths), Layout.PLAIN);
    float[] values = new float[tensor.shape().arrayLength()];
    Arrays.fill(values, value);
    backend.write(values, tensor);
    return tensor;
  }

  /** A plain tensor of these values. */
  DeviceTensor of(float[] values, Shape shape) {
    DeviceTensor tensor = allocate(shape, Layout.PLAIN);
    backend.write(values, tensor);
    return tensor;
  }

  /** A plain tensor (count) of whole numbers from 0 to below bound, as class numbers are. */
  DeviceTensor classes(int count, int bound) {
    Philox random = new Philox(2, 0);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextInt(bound);
    }
    DeviceTensor tensor = allocate(Shape.of(count), Layout.PLAIN);
    backend.write(values, tensor);
    return tensor;
  }

  /** Scratch bytes as an operator asks for them; none for 0. */
  DeviceTensor workspace(long sizeBytes) {
    if (sizeBytes == 0) {
      return DeviceTensor.NONE;
    }
    long floats = (sizeBytes + Float.BYTES - 1) / Float.BYTES;
    return allocate(Shape.of(Math.toIntExact(floats)), Layout.PLAIN);
  }

  /** Random numbers in [-1, 1) on the host. */
  static float[] randomArray(int length) {
    float[] values = new float[length];
    for (int at = 0; at < length; at += PATTERN) {
      System.arraycopy(RANDOM, 0, values, at, Math.min(PATTERN, length - at));
    }
    return values;
  }

  private DeviceTensor allocate(Shape shape, Layout layout) {
    return allocate(backend.sizeBytes(shape, layout)).tensor(0, shape, layout);
  }

  private Memory allocate(long sizeBytes) {
    Memory memory = backend.allocate(sizeBytes);
    owned.push(memory);
    return memory;
  }

  private static float[] pattern() {
    Philox random = new Philox(1, 0);
    float[] values = new float[PATTERN];
    for (int i = 0; i < PATTERN; i++) {
      values[i] = random.nextFloat(-1, 1);
    }
    return values;
  }

  @Override
  public void close() {
    while (!owned.isEmpty()) {
      owned.pop().close();
    }
  }
}
