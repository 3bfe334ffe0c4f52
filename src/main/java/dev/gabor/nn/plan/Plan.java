package dev.gabor.nn.plan;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Memory;
import dev.gabor.backend.Profiler;
import dev.gabor.backend.Step;
import dev.gabor.opencl.LeakWarning;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A run with every value placed and every operation bound: {@link #run()} walks the steps,
 * allocates nothing and waits for nothing.
 */
public final class Plan implements AutoCloseable {
  private final Backend backend;
  private final Arena arena;
  private final List<Memory> pieces = new ArrayList<>();
  private final Map<Value, DeviceTensor> tensors = new HashMap<>();
  private final List<Operation> operations;
  private final Step[] steps;
  private final Map<Value, Supplier<float[]>> derivations;
  private final LeakWarning leakWarning;
  private boolean prepared;

  /** Allocates the arena and binds every operation of the recording. */
  public Plan(Recording recording, Arena arena, Backend backend) {
    this.backend = backend;
    this.arena = arena;
    this.operations = List.copyOf(recording.operations());
    this.steps = new Step[operations.size()];
    this.derivations = Map.copyOf(recording.derivations());
    this.leakWarning =
        LeakWarning.watch(
            this, "a plan of " + steps.length + " operations", "its backend is closed");
    try {
      for (long sizeBytes : arena.pieceBytes()) {
        pieces.add(backend.allocate(sizeBytes));
      }
      for (int i = 0; i < steps.length; i++) {
        steps[i] = operations.get(i).binding().bind(this::tensor);
      }
    } catch (RuntimeException | Error failure) {
      close();
      throw failure;
    }
  }

  /**
   * Computes what is derived from the parameters (a batch-norm folded into its convolution). The
   * first run does it by itself; to be called again when parameters have changed.
   */
  public void prepare() {
    derivations.forEach((value, elements) -> backend.write(elements.get(), tensor(value)));
    prepared = true;
  }

  /** Starts all steps in order. */
  public void run() {
    if (!prepared) {
      prepare();
    }
    for (Step step : steps) {
      step.run();
    }
  }

  /** Starts all steps in order, waits for them, and adds what each took. */
  public void run(Profile profile) {
    if (!prepared) {
      prepare();
    }
    backend.finish();
    backend.profiler().ifPresentOrElse(clock -> time(profile, clock), () -> time(profile));
    profile.runEnded();
  }

  private void time(Profile profile, Profiler clock) {
    clock.listen(
        launch ->
            profile.add(
                operations.get(launch.tag()),
                launch.part(),
                launch.startNanos(),
                launch.endNanos()));
    for (int i = 0; i < steps.length; i++) {
      clock.tag(i);
      steps[i].run();
    }
    backend.finish();
    clock.off();
  }

  private void time(Profile profile) {
    for (int i = 0; i < steps.length; i++) {
      long start = System.nanoTime();
      steps[i].run();
      backend.finish();
      Operation operation = operations.get(i);
      profile.add(operation, operation.name(), start, System.nanoTime());
    }
  }

  /** The tensor of a value: an input to write before a run, or an output to read after it. */
  public DeviceTensor tensor(Value value) {
    if (value.isExternal()) {
      return value.external();
    }
    return tensors.computeIfAbsent(value, this::view);
  }

  /** The device that the plan runs on. */
  public Backend backend() {
    return backend;
  }

  /** The recorded operations, in order. */
  public List<Operation> operations() {
    return operations;
  }

  /** The bytes of the arena. */
  public long arenaBytes() {
    return arena.sizeBytes();
  }

  private DeviceTensor view(Value value) {
    Arena.Place place = arena.placeOf(value);
    if (place == null) {
      throw new IllegalArgumentException(value + " is not a value of this plan");
    }
    return pieces.get(place.piece()).tensor(place.offsetBytes(), value.shape(), value.layout());
  }

  /** What watches this plan, which is all that a session, evaluator or predictor holds. */
  LeakWarning leakWarning() {
    return leakWarning;
  }

  @Override
  public void close() {
    leakWarning.closed();
    for (int i = steps.length - 1; i >= 0; i--) {
      if (steps[i] != null) {
        steps[i].close();
      }
    }
    pieces.forEach(Memory::close);
    pieces.clear();
  }
}
