package dev.gabor.nn;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Memory;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.LongFunction;

/**
 * A network's parameters on a device, shared by all its plans.
 *
 * <p>Parameters of one kind lie side by side ({@link Parameter.Kind#WEIGHT}, then {@link
 * Parameter.Kind#UNDECAYED}, then {@link Parameter.Kind#STATISTIC}), and gradients lie in the same
 * order in a memory of their own, so an optimizer updates all parameters of a kind in one launch.
 * The gaps that alignment leaves are zero and stay so.
 */
public final class ParameterStore implements AutoCloseable {
  /**
   * Parameters of one kind that lie side by side and train, as flat tensors.
   *
   * @param values the parameters with the gaps between them
   * @param gradients theirs, in the same order
   * @param offsetBytes where they begin among the parameters of their kind
   * @param parameters in order
   */
  public record Stretch(
      DeviceTensor values, DeviceTensor gradients, long offsetBytes, List<Parameter> parameters) {}

  private final Backend backend;
  private final Network network;
  private final Set<String> frozen;
  private final LongFunction<Memory> allocator;
  private final Map<Parameter.Kind, Memory> memories = new LinkedHashMap<>();
  private final Map<Parameter.Kind, Memory> gradientMemories = new LinkedHashMap<>();
  private final Map<Parameter, DeviceTensor> tensors = new LinkedHashMap<>();
  private final Map<Parameter, DeviceTensor> gradients = new LinkedHashMap<>();

  /** Allocates the parameters of a network, with gradients where it will train; all zero. */
  public ParameterStore(Network network, Backend backend, boolean withGradients) {
    this(network, backend, withGradients, Set.of());
  }

  /** As above, with some parameters left as they are by training. */
  public ParameterStore(
      Network network, Backend backend, boolean withGradients, Set<String> frozen) {
    this(network, backend, withGradients, frozen, backend::allocate);
  }

  private ParameterStore(
      Network network,
      Backend backend,
      boolean withGradients,
      Set<String> frozen,
      LongFunction<Memory> allocator) {
    this.network = network;
    this.backend = backend;
    this.frozen = Set.copyOf(frozen);
    this.allocator = allocator;
    refuseUnknown(frozen);
    try {
      for (Parameter.Kind kind : Parameter.Kind.values()) {
        place(kind, memories, tensors);
        if (withGradients && kind != Parameter.Kind.STATISTIC) {
          place(kind, gradientMemories, gradients);
        }
      }
    } catch (RuntimeException | Error failure) {
      close();
      throw failure;
    }
  }

  /**
   * A store with gradients that takes no memory: passes can be recorded on it, to learn what they
   * would need, but not run.
   */
  public static ParameterStore onPaper(Network network, Backend backend, Set<String> frozen) {
    return new ParameterStore(
        network, backend, true, frozen, sizeBytes -> PaperMemory.allocate(backend, sizeBytes));
  }

  /** Memory, full of zeros, for what goes with the parameters: an optimizer's states, say. */
  public Memory allocate(long sizeBytes) {
    return allocator.apply(sizeBytes);
  }

  /** The bytes that were allocated for parameters. */
  public long allocatedBytes() {
    return memories.values().stream().mapToLong(Memory::sizeBytes).sum();
  }

  /** The bytes that were allocated for gradients. */
  public long allocatedGradientBytes() {
    return gradientMemories.values().stream().mapToLong(Memory::sizeBytes).sum();
  }

  /** The bytes that parameters of one kind take on a backend. */
  public static long sizeBytes(Network network, Backend backend, Parameter.Kind kind) {
    return network.parameters().stream()
        .filter(parameter -> parameter.kind() == kind)
        .mapToLong(parameter -> alignedBytes(parameter, backend))
        .sum();
  }

  /** Where every parameter of one kind begins among those of its kind, in bytes. */
  public static Map<Parameter, Long> offsetsBytes(
      Network network, Backend backend, Parameter.Kind kind) {
    Map<Parameter, Long> offsets = new LinkedHashMap<>();
    long offset = 0;
    for (Parameter parameter : network.parameters()) {
      if (parameter.kind() == kind) {
        offsets.put(parameter, offset);
        offset += alignedBytes(parameter, backend);
      }
    }
    return offsets;
  }

  /** Fills every parameter with its initializer's values. */
  public void initialize(long seed) {
    List<Parameter> parameters = network.parameters();
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      set(parameter, parameter.initializer().create(parameter.shape(), seed, i));
    }
  }

  /** Overwrites one parameter. */
  public void set(Parameter parameter, Tensor value) {
    if (!value.shape().equals(parameter.shape())) {
      throw new IllegalArgumentException(
          "parameter "
              + parameter.name()
              + ": a value of shape "
              + value.shape()
              + ", expected "
              + parameter.shape());
    }
    backend.write(value.data(), tensor(parameter));
  }

  /** Copies one parameter to the host. */
  public Tensor get(Parameter parameter) {
    return read(parameter, tensor(parameter));
  }

  /** Copies the gradient of one parameter to the host. */
  public Tensor getGradient(Parameter parameter) {
    return read(parameter, gradient(parameter));
  }

  /** All parameters of one kind as one flat tensor, or none where the network has none of it. */
  public DeviceTensor all(Parameter.Kind kind) {
    return flat(memories, kind);
  }

  /**
   * The gradients of all parameters of one kind as one flat tensor, in the order of {@link #all}.
   */
  public DeviceTensor allGradients(Parameter.Kind kind) {
    return flat(gradientMemories, kind);
  }

  /**
   * What an optimizer updates of one kind: one stretch where nothing is frozen and all belongs
   * together, else one between each two that differ. Empty without gradients.
   *
   * @param group what a parameter belongs to
   */
  public List<Stretch> trained(Parameter.Kind kind, Function<Parameter, ?> group) {
    List<Stretch> stretches = new ArrayList<>();
    List<Parameter> together = new ArrayList<>();
    Map<Parameter, Long> offsets = offsetsBytes(network, backend, kind);
    for (Parameter parameter : offsets.keySet()) {
      boolean fits =
          together.isEmpty() || group.apply(together.get(0)).equals(group.apply(parameter));
      if (!trains(parameter) || !fits) {
        stretch(kind, together, offsets).ifPresent(stretches::add);
        together.clear();
      }
      if (trains(parameter)) {
        together.add(parameter);
      }
    }
    stretch(kind, together, offsets).ifPresent(stretches::add);
    return stretches;
  }

  private Optional<Stretch> stretch(
      Parameter.Kind kind, List<Parameter> together, Map<Parameter, Long> offsets) {
    if (together.isEmpty()) {
      return Optional.empty();
    }
    long from = offsets.get(together.get(0));
    long sizeBytes = together.stream().mapToLong(this::spanBytes).sum();
    Shape shape = Shape.of(Math.toIntExact(sizeBytes / Float.BYTES));
    return Optional.of(
        new Stretch(
            memories.get(kind).tensor(from, shape, Layout.PLAIN),
            gradientMemories.get(kind).tensor(from, shape, Layout.PLAIN),
            from,
            List.copyOf(together)));
  }

  /** The bytes that a parameter takes with the gap behind it: a multiple of the alignment. */
  public long spanBytes(Parameter parameter) {
    return alignedBytes(parameter, backend);
  }

  /** Another store for the same network, without gradients, its memory allocated likewise. */
  public ParameterStore withoutGradients() {
    return new ParameterStore(network, backend, false, Set.of(), allocator);
  }

  /** The network whose parameters these are. */
  public Network network() {
    return network;
  }

  /** The device that holds them. */
  public Backend backend() {
    return backend;
  }

  DeviceTensor tensor(Parameter parameter) {
    return known(tensors, parameter);
  }

  DeviceTensor gradient(Parameter parameter) {
    return known(gradients, parameter);
  }

  /** Whether training leaves a parameter as it is, running statistics included. */
  public boolean isFrozen(Parameter parameter) {
    return frozen.contains(parameter.name());
  }

  boolean trains(Parameter parameter) {
    return gradients.containsKey(parameter) && !frozen.contains(parameter.name());
  }

  private void refuseUnknown(Set<String> names) {
    Set<String> unknown = new TreeSet<>(names);
    network.parameters().forEach(parameter -> unknown.remove(parameter.name()));
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "frozen parameter " + unknown.iterator().next() + " is not in the network");
    }
  }

  private static DeviceTensor known(Map<Parameter, DeviceTensor> map, Parameter parameter) {
    DeviceTensor tensor = map.get(parameter);
    if (tensor == null) {
      throw new IllegalArgumentException("parameter " + parameter.name() + " is not in this store");
    }
    return tensor;
  }

  private Tensor read(Parameter parameter, DeviceTensor source) {
    Tensor value = Tensor.zeros(parameter.shape());
    backend.read(source, value.data());
    return value;
  }

  private void place(
      Parameter.Kind kind, Map<Parameter.Kind, Memory> into, Map<Parameter, DeviceTensor> placed) {
    long sizeBytes = sizeBytes(network, backend, kind);
    if (sizeBytes == 0) {
      return;
    }
    Memory memory = allocate(sizeBytes);
    into.put(kind, memory);
    offsetsBytes(network, backend, kind)
        .forEach(
            (parameter, offset) ->
                placed.put(
                    parameter, memory.tensor(offset, parameter.deviceShape(), parameter.layout())));
  }

  private static long alignedBytes(Parameter parameter, Backend backend) {
    long size = backend.sizeBytes(parameter.deviceShape(), parameter.layout());
    return (size + backend.alignmentBytes() - 1)
        / backend.alignmentBytes()
        * backend.alignmentBytes();
  }

  private static DeviceTensor flat(Map<Parameter.Kind, Memory> memories, Parameter.Kind kind) {
    Memory memory = memories.get(kind);
    if (memory == null) {
      return DeviceTensor.NONE;
    }
    return memory.tensor(
        0, Shape.of(Math.toIntExact(memory.sizeBytes() / Float.BYTES)), Layout.PLAIN);
  }

  @Override
  public void close() {
    List<Memory> all = new ArrayList<>(gradientMemories.values());
    all.addAll(memories.values());
    all.forEach(Memory::close);
  }
}
