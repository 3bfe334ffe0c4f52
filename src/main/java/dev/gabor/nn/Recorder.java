package dev.gabor.nn;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Layout;
import dev.gabor.backend.RandomState;
import dev.gabor.nn.plan.Operation;
import dev.gabor.nn.plan.Recording;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What a node sees while it is recorded: the backend, the batch size, its parameters, and the
 * gradients so far. A value read by several nodes gets one contribution from each; they are summed
 * in the order of recording.
 */
public final class Recorder {
  private final Recording recording;
  private final Backend backend;
  private final ParameterStore parameters;
  private final int batch;
  private final boolean training;
  private final RandomState random;
  private final Map<Value, Value> gradients = new HashMap<>();
  private final Map<Value, Boolean> differentiable = new HashMap<>();
  private String layer = "";
  private int layerIndex;

  Recorder(
      Recording recording,
      ParameterStore parameters,
      int batch,
      boolean training,
      RandomState random) {
    this.recording = recording;
    this.backend = parameters.backend();
    this.parameters = parameters;
    this.batch = batch;
    this.training = training;
    this.random = random;
  }

  /** The device's operators. */
  public Backend backend() {
    return backend;
  }

  /** The number of samples in a batch. */
  public int batch() {
    return batch;
  }

  /** Whether the run trains: batch-norm normalises by the batch, dropout drops. */
  public boolean training() {
    return training;
  }

  /** Seed and step, to be read by random steps when they run. */
  public RandomState random() {
    return random;
  }

  /** The index of the node in its network: the random stream of its layer. */
  public int layerIndex() {
    return layerIndex;
  }

  /** The value of a parameter. */
  public Value parameter(Parameter parameter) {
    return recording.external(parameter.name(), parameters.tensor(parameter));
  }

  /** Whether a parameter wants its gradient: it trains and is not frozen. */
  public boolean trains(Parameter parameter) {
    return training && parameters.trains(parameter);
  }

  /** Whether training leaves a parameter as it is, running statistics included. */
  public boolean isFrozen(Parameter parameter) {
    return training && parameters.isFrozen(parameter);
  }

  /** The gradient of a parameter, to be overwritten. */
  public Value gradient(Parameter parameter) {
    return recording.external(parameter.name() + " gradient", parameters.gradient(parameter));
  }

  /** A new value in the arena, for what a node keeps from forward to backward. */
  public Value value(String what, Shape shape, Layout layout) {
    return recording.value(layer + " " + what, shape, layout);
  }

  /** A value computed once from parameters, see {@link Recording#derived}. */
  public Value derived(String what, Shape shape, Layout layout, Supplier<float[]> elements) {
    return recording.derived(layer + " " + what, shape, layout, elements);
  }

  /** A parameter as it stands when this is called. */
  float[] hostValue(Parameter parameter) {
    return parameters.get(parameter).data();
  }

  /** Scratch bytes for one operation: no value, or one to be added to the operation's writes. */
  public List<Value> workspace(long sizeBytes) {
    return recording.workspace(layer, sizeBytes);
  }

  /** Records an operation. */
  public void add(String name, List<Value> reads, List<Value> writes, Operation.Binding binding) {
    recording.add(
        new Operation(layer, name, List.copyOf(reads), List.copyOf(writes), false, binding));
  }

  /**
   * Records an operation that changes more than arena values.
   *
   * @param readsAgain what it reads when its values are computed again
   * @param writesAgain the same arena values, and scratch values in the place of the rest
   * @param again computes the same bits as {@code binding}, and changes nothing else
   */
  public void add(
      String name,
      List<Value> reads,
      List<Value> writes,
      Operation.Binding binding,
      List<Value> readsAgain,
      List<Value> writesAgain,
      Operation.Binding again) {
    Operation other =
        new Operation(layer, name, List.copyOf(readsAgain), List.copyOf(writesAgain), false, again);
    recording.add(
        new Operation(layer, name, List.copyOf(reads), List.copyOf(writes), false, binding)
            .again(other));
  }

  /** Records an operation whose first output may overwrite its first input. */
  public void addInPlace(
      String name, List<Value> reads, List<Value> writes, Operation.Binding binding) {
    recording.add(
        new Operation(layer, name, List.copyOf(reads), List.copyOf(writes), true, binding));
  }

  /** Whether the gradient of a value is wanted: something before it trains. */
  public boolean wantsGradient(Value value) {
    return differentiable.getOrDefault(value, false);
  }

  /**
   * Contributes to the gradient of a value, if that is wanted.
   *
   * @param x the value of the forward pass
   * @param writer records the operations that overwrite the contribution it is given
   */
  public void contribute(Value x, Consumer<Value> writer) {
    if (wantsGradient(x)) {
      Value contribution = recording.value("gradient of " + x.label(), x.shape(), x.layout());
      writer.accept(contribution);
      pass(x, contribution);
    }
  }

  /**
   * Contributes a value that exists already, unchanged: the gradient of a sum is that of each term.
   */
  public void pass(Value x, Value contribution) {
    if (!wantsGradient(x)) {
      return;
    }
    Value before = gradients.get(x);
    if (before == null) {
      gradients.put(x, contribution);
      return;
    }
    Value sum = recording.value("gradient of " + x.label(), x.shape(), x.layout());
    addInPlace(
        "add gradients",
        List.of(before, contribution),
        List.of(sum),
        slots ->
            backend.elementwise().add(slots.of(before), slots.of(contribution), slots.of(sum)));
    gradients.put(x, sum);
  }

  Network network() {
    return parameters.network();
  }

  void enter(Node node, int index) {
    layer = node.name();
    layerIndex = index;
  }

  void markDifferentiable(Value value) {
    differentiable.put(value, true);
  }

  /**
   * The gradient of a value, or the absence of one where nothing reads it on the way to the loss.
   */
  Optional<Value> gradientOf(Value value) {
    return Optional.ofNullable(gradients.get(value));
  }
}
