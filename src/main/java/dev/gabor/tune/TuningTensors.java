package dev.gabor.tune;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Backend;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.ConvolutionOps;
import dev.gabor.backend.ConvolutionProblem;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Memory;
import dev.gabor.backend.Step;
import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Shape;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** The tensors of one problem, which all candidates share, and their steps. */
final class TuningTensors implements AutoCloseable {
  /** A prime, so that the pattern never falls in step with a row or a page. */
  private static final int PATTERN = 1_000_003;

  /** The share of the device's memory that a problem may take, its check beside it. */
  private static final double SHARE = 0.4;

  private final Backend backend;
  private final ConvolutionProblem problem;
  private final Deque<Runnable> owned = new ArrayDeque<>();
  private final DeviceTensor x;
  private final DeviceTensor weight;
  private final DeviceTensor y;
  private DeviceTensor workspace = DeviceTensor.NONE;
  private long workspaceBytes;

  TuningTensors(Backend backend, ConvolutionProblem problem) {
    this.backend = backend;
    this.problem = problem;
    Convolution c = problem.convolution();
    try {
      x = random(c.xShape(), Layout.IMAGE);
      weight = random(c.weightShape(), Layout.FILTER);
      y = random(c.yShape(), Layout.IMAGE);
    } catch (RuntimeException | Error failure) {
      close();
      throw failure;
    }
  }

  /** Why a problem cannot be measured on a device; empty if it can. */
  static Optional<String> tooLarge(Backend backend, ConvolutionProblem problem) {
    Convolution c = problem.convolution();
    long[] sizes = {
      backend.sizeBytes(c.xShape(), Layout.IMAGE),
      backend.sizeBytes(c.weightShape(), Layout.FILTER),
      backend.sizeBytes(c.yShape(), Layout.IMAGE)
    };
    long sum = 0;
    for (long size : sizes) {
      sum += size;
      if (size > backend.maxAllocationBytes()) {
        return Optional.of(
            "a tensor of %d bytes, but the device allocates at most %d at once"
                .formatted(size, backend.maxAllocationBytes()));
      }
    }
    return sum <= SHARE * backend.memoryBytes()
        ? Optional.empty()
        : Optional.of(
            "%d bytes and as many to check them, of %d on the device"
                .formatted(sum, backend.memoryBytes()));
  }

  /** The step of a candidate; closed with the tensors. */
  Step bind(String algorithm) {
    ConvolutionOps ops = backend.convolution();
    Convolution c = problem.convolution();
    DeviceTensor scratch = workspace(ops.workspaceBytes(c, problem.pass(), algorithm));
    Step step =
        switch (problem.pass()) {
          case FORWARD ->
              ops.forward(
                  c, x, weight, DeviceTensor.NONE, y, scratch, Activation.IDENTITY, algorithm);
          case BACKWARD_DATA -> ops.backwardData(c, y, weight, x, scratch, algorithm);
          case BACKWARD_WEIGHT -> ops.backwardWeight(c, x, y, weight, scratch, algorithm);
        };
    owned.push(step::close);
    return step;
  }

  private DeviceTensor workspace(long sizeBytes) {
    if (sizeBytes == 0) {
      return DeviceTensor.NONE;
    }
    if (sizeBytes > workspaceBytes) {
      // The smaller one stays with the steps bound to it.
      Shape shape = Shape.of(Math.toIntExact((sizeBytes + Float.BYTES - 1) / Float.BYTES));
      workspace = allocate(backend.sizeBytes(shape, Layout.PLAIN)).tensor(0, shape, Layout.PLAIN);
      workspaceBytes = sizeBytes;
    }
    return workspace;
  }

  private DeviceTensor random(Shape shape, Layout layout) {
    long sizeBytes = backend.sizeBytes(shape, layout);
    Memory memory = allocate(sizeBytes);
    Philox numbers = new Philox(1, 0);
    float[] values = new float[Math.toIntExact(sizeBytes / Float.BYTES)];
    for (int i = 0; i < values.length; i++) {
      values[i] = i < PATTERN ? numbers.nextFloat(-1, 1) : values[i - PATTERN];
    }
    // In whatever order: random numbers need none, and putting images in order takes long.
    backend.write(values, memory.tensor(0, Shape.of(values.length), Layout.PLAIN));
    return memory.tensor(0, shape, layout);
  }

  private Memory allocate(long sizeBytes) {
    Memory memory = backend.allocate(sizeBytes);
    owned.push(memory::close);
    return memory;
  }

  @Override
  public void close() {
    while (!owned.isEmpty()) {
      owned.pop().run();
    }
  }
}
