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
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
  private final Map<Value, List<DeviceTensor>> streams;
  // One row for each place of the streams; what reads none is the same step in all rows.
  private final Step[][] steps;
  private final Map<Value, Supplier<float[]>> derivations;
  private final LeakWarning leakWarning;
  private boolean prepared;

  /** Allocates the arena and binds every operation of the recording. */
  public Plan(Recording recording, Arena arena, Backend backend) {
    this.backend = backend;
    this.arena = arena;
    this.operations = List.copyOf(recording.operations());
    this.streams = Map.copyOf(recording.streams());
    this.steps = new Step[places(streams)][operations.size()];
    this.derivations = Map.copyOf(recording.derivations());
    this.leakWarning =
        LeakWarning.watch(
            this, "a plan of " + operations.size() + " operations", "its backend is closed");
    try {
      for (long sizeBytes : arena.pieceBytes()) {
        pieces.add(backend.allocate(sizeBytes));
      }
      for (int place = 0; place < steps.length; place++) {
        bind(place);
      }
      for (Step[] ofPlace : steps) {
        for (Step step : ofPlace) {
          step.ready();
        }
      }
    } catch (RuntimeException | Error failure) {
      close();
      throw failure;
    }
  }

  private static int places(Map<Value, List<DeviceTensor>> streams) {
    Set<Integer> counts = streams.values().stream().map(List::size).collect(Collectors.toSet());
    if (counts.size() > 1) {
      throw new IllegalArgumentException("streams of a plan: expected one length, found " + counts);
    }
    return counts.isEmpty() ? 1 : counts.iterator().next();
  }

  private void bind(int place) {
    for (int i = 0; i < operations.size(); i++) {
      Operation operation = operations.get(i);
      boolean own = place == 0 || readsStream(operation);
      steps[place][i] = own ? operation.binding().bind(value -> tensor(value, place)) : steps[0][i];
    }
  }

  private boolean readsStream(Operation operation) {
    return Stream.concat(operation.reads().stream(), operation.writes().stream())
        .anyMatch(streams::containsKey);
  }

  /**
   * Computes what is derived from the parameters (a batch-norm folded into its convolution). The
   * first run does it by itself; to be called again when parameters have changed.
   */
  public void prepare() {
    derivations.forEach((value, elements) -> backend.write(elements.get(), tensor(value)));
    prepared = true;
  }

  /** Starts all steps in order, on the first place of the streams. */
  public void run() {
    run(0);
  }

  /**
   * Starts all steps in order.
   *
   * @param place from which streams are read: 0 to below their number of tensors
   */
  public void run(int place) {
    if (!prepared) {
      prepare();
    }
    for (Step step : steps[place]) {
      step.run();
    }
  }

  /** As {@link #run(int)} on the first place, waits for the steps, and adds what each took. */
  public void run(Profile profile) {
    run(0, profile);
  }

  /** As {@link #run(int)}, waits for the steps, and adds what each took. */
  public void run(int place, Profile profile) {
    if (!prepared) {
      prepare();
    }
    backend.finish();
    Step[] row = steps[place];
    backend
        .profiler()
        .ifPresentOrElse(clock -> time(row, profile, clock), () -> time(row, profile));
    profile.runEnded();
  }

  private void time(Step[] row, Profile profile, Profiler clock) {
    clock.listen(
        launch ->
            profile.add(
                operations.get(launch.tag()),
                launch.part(),
                launch.startNanos(),
                launch.endNanos()));
    for (int i = 0; i < row.length; i++) {
      clock.tag(i);
      row[i].run();
    }
    backend.finish();
    clock.off();
  }

  private void time(Step[] row, Profile profile) {
    for (int i = 0; i < row.length; i++) {
      long start = System.nanoTime();
      row[i].run();
      backend.finish();
      Operation operation = operations.get(i);
      profile.add(operation, operation.name(), start, System.nanoTime());
    }
  }

  /** The tensor of a value: an input to write before a run, or an output to read after it. */
  public DeviceTensor tensor(Value value) {
    return tensor(value, 0);
  }

  private DeviceTensor tensor(Value value, int place) {
    if (value.isExternal()) {
      return value.external();
    }
    List<DeviceTensor> places = streams.get(value);
    if (places != null) {
      return places.get(place);
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
    for (int place = steps.length - 1; place >= 0; place--) {
      for (int i = operations.size() - 1; i >= 0; i--) {
        Step step = steps[place][i];
        if (step != null && (place == 0 || step != steps[0][i])) {
          step.close();
        }
      }
    }
    pieces.forEach(Memory::close);
    pieces.clear();
  }
}
