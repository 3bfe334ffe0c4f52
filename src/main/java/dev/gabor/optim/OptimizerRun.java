package dev.gabor.optim;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Hyperparameters;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Memory;
import dev.gabor.backend.OptimizerOps;
import dev.gabor.backend.Step;
import dev.gabor.backend.UpdateRule;
import dev.gabor.nn.Parameter;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.ParameterStore.Stretch;
import dev.gabor.nn.plan.Operation;
import dev.gabor.nn.plan.Recording;
import dev.gabor.nn.plan.Slots;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An optimizer at work on one set of parameters: it owns their states on the device, counts the
 * updates and knows the learning rate. Closed before the backend; the parameters are not owned.
 *
 * <p>Frozen parameters and their states are left as they are, decay included.
 */
public final class OptimizerRun implements AutoCloseable {
  private static final String LAYER = "optimizer";

  /** The kinds of parameters that are updated. */
  static final List<Parameter.Kind> TRAINED =
      List.of(Parameter.Kind.WEIGHT, Parameter.Kind.UNDECAYED);

  private final Optimizer optimizer;
  private final ParameterStore parameters;
  private final Backend backend;
  private final Hyperparameters hyperparameters;
  private final GradientSum sum;
  private final List<Memory> memories = new ArrayList<>();
  private final Map<Parameter.Kind, List<Memory>> blocks = new LinkedHashMap<>();
  private final Map<String, DeviceTensor> states = new LinkedHashMap<>();

  OptimizerRun(Optimizer optimizer, ParameterStore parameters, int passes) {
    optimizer.checkGroups(parameters.network());
    this.sum = new GradientSum(passes);
    this.optimizer = optimizer;
    this.parameters = parameters;
    this.backend = parameters.backend();
    this.hyperparameters = new Hyperparameters(optimizer.learningRate());
    try {
      TRAINED.forEach(this::allocate);
    } catch (RuntimeException | Error failure) {
      close();
      throw failure;
    }
  }

  /**
   * Appends an update to a recording that ends with complete gradients: their sum over several
   * passes where that is asked for, the norm where it is limited, then one launch for all
   * parameters of a kind that have the same settings. Each run of the plan is one pass.
   */
  public void record(Recording recording) {
    add(recording, "count step", List.of(), List.of(), slots -> this::advance);
    List<Piece> pieces = new ArrayList<>();
    for (Parameter.Kind kind : TRAINED) {
      for (Stretch stretch : parameters.trained(kind, optimizer::groupOf)) {
        pieces.add(new Piece(kind, stretch, sum.of(kind, stretch)));
      }
    }
    if (sum.isNeeded()) {
      pieces.forEach(piece -> recordSum(recording, piece));
    }
    List<Value> scale = recordClipScale(recording, pieces);
    pieces.forEach(piece -> recordUpdate(recording, piece, scale));
  }

  /** Parameters that one launch updates, and where their gradient is complete. */
  private record Piece(Parameter.Kind kind, Stretch stretch, DeviceTensor gradient) {}

  private void advance() {
    sum.advance();
    if (sum.isDue()) {
      hyperparameters.advance();
    }
  }

  /** A step that runs only where this pass ends with an update. */
  Step whenDue(Step step) {
    return sum.whenDue(step);
  }

  private void recordSum(Recording recording, Piece piece) {
    Value into = recording.external("gradient sums", piece.gradient());
    DeviceTensor gradient = piece.stretch().gradients();
    add(
        recording,
        "sum gradients",
        List.of(recording.external("gradients", gradient), into),
        List.of(into),
        slots -> backend.optimizer().blend(gradient, piece.gradient(), sum));
  }

  private List<Value> recordClipScale(Recording recording, List<Piece> pieces) {
    List<DeviceTensor> gradients = pieces.stream().map(Piece::gradient).toList();
    if (Double.isInfinite(optimizer.clipNorm()) || gradients.isEmpty()) {
      return List.of();
    }
    List<Long> sizes = gradients.stream().map(gradient -> gradient.shape().size()).toList();
    Value scale = recording.value("clip scale", Shape.of(1), Layout.PLAIN);
    List<Value> writes = new ArrayList<>(List.of(scale));
    writes.addAll(recording.workspace(LAYER, backend.optimizer().clipScaleWorkspaceBytes(sizes)));
    add(
        recording,
        "clip by norm",
        gradients.stream().map(gradient -> recording.external("gradients", gradient)).toList(),
        writes,
        slots ->
            whenDue(
                backend
                    .optimizer()
                    .clipScale(
                        gradients,
                        slots.of(scale),
                        slots.of(writes.get(1)),
                        optimizer.clipNorm())));
    return List.of(scale);
  }

  private void recordUpdate(Recording recording, Piece piece, List<Value> scale) {
    Stretch stretch = piece.stretch();
    ParameterGroup group = optimizer.groupOf(stretch.parameters().get(0));
    UpdateRule rule = optimizer.ruleFor(piece.kind(), group);
    List<DeviceTensor> stretchStates =
        blocks.get(piece.kind()).stream()
            .map(
                memory ->
                    memory.tensor(stretch.offsetBytes(), stretch.values().shape(), Layout.PLAIN))
            .toList();
    List<Value> writes = new ArrayList<>();
    stretchStates.forEach(state -> writes.add(recording.external("states", state)));
    writes.add(recording.external("parameters", stretch.values()));
    List<Value> reads = new ArrayList<>(writes);
    reads.add(recording.external("gradients", piece.gradient()));
    reads.addAll(scale);
    Hyperparameters numbers = hyperparameters.scaled(group.rateFactor());
    Optional<TrustRatios> ratios =
        optimizer.usesRatios(piece.kind())
            ? Optional.of(new TrustRatios(recording, parameters, stretch))
            : Optional.empty();
    ratios.ifPresent(
        found -> {
          add(
              recording,
              "trust ratios",
              found.read(reads),
              found.written(),
              slots -> whenDue(found.bind(rule, piece.gradient(), factor(scale, slots), slots)));
          reads.addAll(found.results());
        });
    add(
        recording,
        optimizer.name() + " update",
        reads,
        writes,
        slots -> {
          DeviceTensor factor = factor(scale, slots);
          DeviceTensor w = stretch.values();
          OptimizerOps ops = backend.optimizer();
          return whenDue(
              ratios.isEmpty()
                  ? ops.update(rule, piece.gradient(), factor, stretchStates, w, numbers)
                  : ops.update(
                      rule,
                      piece.gradient(),
                      factor,
                      stretchStates,
                      w,
                      numbers,
                      slots.of(ratios.get().numbers()),
                      slots.of(ratios.get().ratios())));
        });
  }

  private static DeviceTensor factor(List<Value> scale, Slots slots) {
    return scale.isEmpty() ? DeviceTensor.NONE : slots.of(scale.get(0));
  }

  private static void add(
      Recording recording,
      String name,
      List<Value> reads,
      List<Value> writes,
      Operation.Binding binding) {
    recording.add(
        new Operation(LAYER, name, List.copyOf(reads), List.copyOf(writes), false, binding));
  }

  /** The learning rate of the next update. */
  public double learningRate() {
    return hyperparameters.learningRate();
  }

  /** Sets the learning rate of the updates to come: finite, at least 0. */
  public void learningRate(double rate) {
    hyperparameters.learningRate(rate);
  }

  /** The updates started so far. */
  public int step() {
    return hyperparameters.step();
  }

  /** Goes on behind a number of passes done, as a checkpoint says. */
  public void moveTo(int passesDone) {
    hyperparameters.moveTo(sum.moveTo(passesDone));
  }

  /**
   * The names of all states, {@code <parameter>.<state>}, for example {@code fc.weight.exp_avg}.
   */
  public Set<String> stateNames() {
    return Collections.unmodifiableSet(states.keySet());
  }

  /** Copies one state to the host. */
  public Tensor get(String name) {
    DeviceTensor source = known(name);
    Tensor value = Tensor.zeros(source.shape());
    backend.read(source, value.data());
    return value;
  }

  /** Overwrites one state; the shape is the parameter's. */
  public void set(String name, Tensor value) {
    DeviceTensor target = known(name);
    if (!value.shape().equals(target.shape())) {
      throw new IllegalArgumentException(
          "optimizer state "
              + name
              + ": a value of shape "
              + value.shape()
              + ", expected "
              + target.shape());
    }
    backend.write(value.data(), target);
  }

  /** The bytes of all states on the device. */
  public long stateBytes() {
    return memories.stream().mapToLong(Memory::sizeBytes).sum() + sum.sizeBytes();
  }

  private DeviceTensor known(String name) {
    DeviceTensor state = states.get(name);
    if (state == null) {
      throw new IllegalArgumentException("optimizer " + optimizer.name() + " has no state " + name);
    }
    return state;
  }

  private void allocate(Parameter.Kind kind) {
    blocks.put(kind, new ArrayList<>());
    Map<Parameter, Long> offsets = ParameterStore.offsetsBytes(parameters.network(), backend, kind);
    if (offsets.isEmpty()) {
      return;
    }
    long sizeBytes = ParameterStore.sizeBytes(parameters.network(), backend, kind);
    for (String state : optimizer.rule().states()) {
      Memory memory = parameters.allocate(sizeBytes);
      memories.add(memory);
      blocks.get(kind).add(memory);
      name(state, memory, offsets);
    }
    if (sum.isNeeded()) {
      name("gradient_sum", sum.allocate(kind, parameters, sizeBytes), offsets);
    }
  }

  private void name(String state, Memory memory, Map<Parameter, Long> offsets) {
    offsets.forEach(
        (parameter, offset) ->
            states.put(
                parameter.name() + "." + state,
                memory.tensor(offset, parameter.deviceShape(), parameter.layout())));
  }

  @Override
  public void close() {
    memories.forEach(Memory::close);
    memories.clear();
    sum.close();
  }
}
