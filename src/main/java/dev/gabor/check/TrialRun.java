package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A trial on one backend: its tensors in guarded memories. */
final class TrialRun implements AutoCloseable {
  private final Backend backend;
  private final Trial trial;
  private final Map<String, Guarded> tensors = new LinkedHashMap<>();

  TrialRun(Backend backend, Trial trial) {
    this.backend = backend;
    this.trial = trial;
    try {
      for (Trial.Slot slot : trial.slots()) {
        place(slot);
      }
    } catch (RuntimeException | Error failure) {
      close();
      throw failure;
    }
  }

  private void place(Trial.Slot slot) {
    if (slot.role() != Trial.Role.SCRATCH) {
      tensors.put(slot.name(), new Guarded(backend, slot.values(), slot.layout()));
      return;
    }
    long sizeBytes = slot.scratchBytes().applyAsLong(backend);
    if (sizeBytes > 0) {
      Shape shape = Shape.of(Math.toIntExact((sizeBytes + Float.BYTES - 1) / Float.BYTES));
      tensors.put(slot.name(), new Guarded(backend, Guarded.poison(shape), slot.layout()));
    }
  }

  /** Runs all steps and waits for them. */
  void run() {
    for (Trial.Binding binding : trial.bindings()) {
      try (Step step = binding.bind(backend, this::tensor)) {
        step.run();
        backend.finish();
      }
    }
  }

  private DeviceTensor tensor(String name) {
    Guarded guarded = tensors.get(name);
    return guarded == null ? DeviceTensor.NONE : guarded.tensor();
  }

  /** The contents of a tensor, in canonical order. */
  float[] read(Trial.Slot slot) {
    return tensors.get(slot.name()).read();
  }

  /** What was touched that should not have been, if anything. */
  Optional<String> damage() {
    for (Map.Entry<String, Guarded> entry : tensors.entrySet()) {
      Optional<String> damage = entry.getValue().damage();
      if (damage.isPresent()) {
        return Optional.of(entry.getKey() + " was written " + damage.get());
      }
    }
    for (Trial.Slot slot : trial.slots()) {
      if (slot.role() == Trial.Role.INPUT) {
        Tensor before = slot.values();
        int place = Arrays.mismatch(before.data(), read(slot));
        if (place >= 0) {
          return Optional.of(
              "the input " + slot.name() + " was changed at " + Place.of(before.shape(), place));
        }
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    tensors.values().forEach(Guarded::close);
  }
}
