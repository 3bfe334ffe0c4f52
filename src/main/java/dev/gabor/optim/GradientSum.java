package dev.gabor.optim;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Memory;
import dev.gabor.backend.OptimizerOps;
import dev.gabor.backend.Step;
import dev.gabor.nn.Parameter;
import dev.gabor.nn.ParameterStore;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The mean of the gradients of several passes, for updates by more samples than fit the device at
 * once. With a single pass it takes no memory and gradients are used where they lie.
 */
final class GradientSum implements OptimizerOps.Blend, AutoCloseable {
  private final int passes;
  private final Map<Parameter.Kind, Memory> sums = new LinkedHashMap<>();
  private int done;

  GradientSum(int passes) {
    if (passes < 1) {
      throw new IllegalArgumentException(
          "gradient accumulation: expected at least 1 pass, found " + passes);
    }
    this.passes = passes;
  }

  boolean isNeeded() {
    return passes > 1;
  }

  Memory allocate(Parameter.Kind kind, ParameterStore parameters, long sizeBytes) {
    Memory memory = parameters.allocate(sizeBytes);
    sums.put(kind, memory);
    return memory;
  }

  /** Where the gradient of a stretch is complete. */
  DeviceTensor of(Parameter.Kind kind, ParameterStore.Stretch stretch) {
    return isNeeded()
        ? sums.get(kind).tensor(stretch.offsetBytes(), stretch.values().shape(), Layout.PLAIN)
        : stretch.gradients();
  }

  /** A pass begins. */
  void advance() {
    done = done % passes + 1;
  }

  /** Whether this pass is the last before an update. */
  boolean isDue() {
    return done == passes;
  }

  /** Goes on behind a number of passes done; returns how many updates those were. */
  int moveTo(int passesDone) {
    done = passesDone % passes;
    return passesDone / passes;
  }

  long sizeBytes() {
    return sums.values().stream().mapToLong(Memory::sizeBytes).sum();
  }

  /** A step that runs only behind the last pass before an update. */
  Step whenDue(Step step) {
    if (!isNeeded()) {
      return step;
    }
    return new Step() {
      @Override
      public void ready() {
        step.ready();
      }

      @Override
      public void run() {
        if (isDue()) {
          step.run();
        }
      }

      @Override
      public void close() {
        step.close();
      }
    };
  }

  @Override
  public float keep() {
    return done == 1 ? 0 : 1;
  }

  @Override
  public float add() {
    return 1f / passes;
  }

  @Override
  public void close() {
    sums.values().forEach(Memory::close);
    sums.clear();
  }
}
