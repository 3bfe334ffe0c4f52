package dev.gabor.backend;

import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Tensors for one test on one backend: made from arrays, read back, all closed together. */
public final class Scratch implements AutoCloseable {
  private final Backend backend;
  private final List<Memory> memories = new ArrayList<>();

  /** Scratch on an opened backend, which this closes. */
  public Scratch(Backend backend) {
    this.backend = backend;
  }

  /** The backend. */
  public Backend backend() {
    return backend;
  }

  /** A device tensor with the elements of a host tensor. */
  public DeviceTensor put(Tensor tensor, Layout layout) {
    DeviceTensor target = empty(tensor.shape(), layout);
    backend.write(tensor.data(), target);
    return target;
  }

  /** A plain device tensor. */
  public DeviceTensor put(Tensor tensor) {
    return put(tensor, Layout.PLAIN);
  }

  /** A device tensor to be overwritten, full of NaN so that an unwritten element shows. */
  public DeviceTensor empty(Shape shape, Layout layout) {
    Memory memory = backend.allocate(backend.sizeBytes(shape, layout));
    memories.add(memory);
    DeviceTensor target = memory.tensor(0, shape, layout);
    float[] poison = new float[shape.arrayLength()];
    Arrays.fill(poison, Float.NaN);
    backend.write(poison, target);
    return target;
  }

  /** Scratch bytes as an operator asks for them; none for 0. */
  public DeviceTensor workspace(long sizeBytes) {
    if (sizeBytes == 0) {
      return DeviceTensor.NONE;
    }
    return empty(Shape.of(Math.toIntExact((sizeBytes + 3) / 4)), Layout.PLAIN);
  }

  /** Runs a step once and closes it. */
  public void run(Step step) {
    step.run();
    backend.finish();
    step.close();
  }

  /** Copies a tensor back. */
  public Tensor get(DeviceTensor source) {
    Tensor tensor = Tensor.zeros(source.shape());
    backend.read(source, tensor.data());
    return tensor;
  }

  /** Random elements in [-1, 1), the same for the same seed. */
  public static Tensor random(Shape shape, long seed) {
    return filled(shape, seed, random -> random.nextFloat(-1, 1));
  }

  /** Random whole numbers from -4 to 4, on which sums of products are exact. */
  public static Tensor integers(Shape shape, long seed) {
    return filled(shape, seed, random -> random.nextInt(9) - 4);
  }

  private interface Draw {
    float next(Philox random);
  }

  private static Tensor filled(Shape shape, long seed, Draw draw) {
    Tensor tensor = Tensor.zeros(shape);
    Philox random = new Philox(seed, 0);
    for (int i = 0; i < tensor.data().length; i++) {
      tensor.data()[i] = draw.next(random);
    }
    return tensor;
  }

  @Override
  public void close() {
    memories.forEach(Memory::close);
    backend.close();
  }
}
