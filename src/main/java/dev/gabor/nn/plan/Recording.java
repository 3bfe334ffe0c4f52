package dev.gabor.nn.plan;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Collects the operations of one run in the order in which they will run. */
public final class Recording {
  private final List<Operation> operations = new ArrayList<>();
  private final Map<DeviceTensor, Value> externals = new LinkedHashMap<>();
  private final List<Value> inputs = new ArrayList<>();
  private final List<Value> outputs = new ArrayList<>();
  private final Map<Value, Supplier<float[]>> derivations = new LinkedHashMap<>();
  private final Map<Value, List<DeviceTensor>> streams = new LinkedHashMap<>();
  private int turn;

  /** A value that lives in the arena between its first writer and its last reader. */
  public Value value(String label, Shape shape, Layout layout) {
    return Value.inArena(label, shape, layout);
  }

  /** A value that the host writes before each run. */
  public Value input(String label, Shape shape, Layout layout) {
    Value input = value(label, shape, layout);
    inputs.add(input);
    return input;
  }

  /**
   * A value that the host computes once and that stays for all runs: {@link Plan#prepare} writes
   * it.
   *
   * @param elements its elements in canonical order, computed when the plan is prepared
   */
  public Value derived(String label, Shape shape, Layout layout, Supplier<float[]> elements) {
    Value derived = input(label, shape, layout);
    output(derived);
    derivations.put(derived, elements);
    return derived;
  }

  /**
   * Lets an input lie in tensors of the caller's instead of the arena, in another one each run, so
   * that the host may fill one while the device reads another: {@link Plan#run(int)}.
   *
   * @param input what {@link #input} gave
   * @param places tensors of its shape and layout, as many as those of every other stream
   */
  public void stream(Value input, List<DeviceTensor> places) {
    if (!inputs.remove(input)) {
      throw new IllegalArgumentException(input + " is not an input of this recording");
    }
    streams.put(input, List.copyOf(places));
  }

  /** Says that the forward pass ends here: what is recorded from now on may go back over it. */
  public void turn() {
    turn = operations.size();
  }

  /** The same inputs, outputs and streams with other operations. */
  Recording with(List<Operation> others) {
    Recording copy = new Recording();
    copy.operations.addAll(others);
    copy.externals.putAll(externals);
    copy.inputs.addAll(inputs);
    copy.outputs.addAll(outputs);
    copy.derivations.putAll(derivations);
    copy.streams.putAll(streams);
    copy.turn = turn;
    return copy;
  }

  /** Keeps a value until the end of the run, so that the host may read it. */
  public void output(Value value) {
    outputs.add(value);
  }

  /** The value of a tensor that exists already: a parameter, a gradient, a state. */
  public Value external(String label, DeviceTensor tensor) {
    return externals.computeIfAbsent(tensor, present -> Value.external(label, present));
  }

  /**
   * Scratch bytes of one operation, or none where it needs none; pass the result in the operation's
   * writes.
   */
  public List<Value> workspace(String label, long sizeBytes) {
    if (sizeBytes == 0) {
      return List.of();
    }
    int elements = Math.toIntExact((sizeBytes + Float.BYTES - 1) / Float.BYTES);
    return List.of(value(label + " workspace", Shape.of(elements), Layout.PLAIN));
  }

  /** Adds an operation to the end of the run. */
  public void add(Operation operation) {
    operations.add(operation);
  }

  List<Operation> operations() {
    return operations;
  }

  Map<Value, Supplier<float[]>> derivations() {
    return derivations;
  }

  /** The number of operations of the forward pass; 0 where there is no other. */
  int forwardLength() {
    return turn;
  }

  Map<Value, List<DeviceTensor>> streams() {
    return streams;
  }

  /** Whether a value has its place in the arena. */
  boolean isInArena(Value value) {
    return !value.isExternal() && !streams.containsKey(value);
  }

  List<Value> inputs() {
    return inputs;
  }

  List<Value> outputs() {
    return outputs;
  }
}
