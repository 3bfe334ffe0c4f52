package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Step;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * A problem to run on any backend: named tensors and the steps that are bound to them. Each tensor
 * gets a memory of its own, with canaries before and behind it.
 */
public final class Trial {
  /** What a step does with a tensor. */
  enum Role {
    /** Read, and unchanged at the end. */
    INPUT,
    /** Overwritten: full of NaN at the beginning, compared at the end. */
    OUTPUT,
    /** Changed where it lies, and compared at the end. */
    UPDATE,
    /** Scratch of as many bytes as the backend asks for; not compared. */
    SCRATCH
  }

  /** One tensor: its first contents, and how its last ones are judged. */
  record Slot(
      String name,
      Role role,
      Tensor values,
      Layout layout,
      Bounds bounds,
      ToLongFunction<Backend> scratchBytes) {}

  /** The tensors of a trial on one backend. */
  @FunctionalInterface
  public interface Tensors {
    /** The tensor of a name; {@link DeviceTensor#NONE} where the trial has none of that name. */
    DeviceTensor get(String name);
  }

  /** Binds a step. */
  @FunctionalInterface
  public interface Binding {
    /** Binds it to the tensors of a backend. */
    Step bind(Backend backend, Tensors tensors);
  }

  private final List<Slot> slots = new ArrayList<>();
  private final List<Binding> bindings = new ArrayList<>();

  /** A tensor that is only read. */
  public Trial input(String name, Tensor values, Layout layout) {
    slots.add(new Slot(name, Role.INPUT, values, layout, Bounds.EXACT, backend -> 0));
    return this;
  }

  /** A tensor that is overwritten whole. */
  public Trial output(String name, Shape shape, Layout layout, Bounds bounds) {
    slots.add(new Slot(name, Role.OUTPUT, Guarded.poison(shape), layout, bounds, backend -> 0));
    return this;
  }

  /** A tensor that is changed where it lies. */
  public Trial update(String name, Tensor values, Layout layout, Bounds bounds) {
    slots.add(new Slot(name, Role.UPDATE, values, layout, bounds, backend -> 0));
    return this;
  }

  /** Scratch memory; no tensor where a backend needs none. */
  public Trial scratch(String name, ToLongFunction<Backend> sizeBytes) {
    slots.add(new Slot(name, Role.SCRATCH, Tensor.zeros(1), Layout.PLAIN, Bounds.EXACT, sizeBytes));
    return this;
  }

  /** A step, run after those before it. */
  public Trial step(Binding binding) {
    bindings.add(binding);
    return this;
  }

  List<Slot> slots() {
    return slots;
  }

  List<Binding> bindings() {
    return bindings;
  }
}
