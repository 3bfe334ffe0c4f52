package dev.gabor.nn;

import dev.gabor.backend.GroupNorm;
import dev.gabor.backend.GroupNormOps;
import dev.gabor.backend.Layout;
import dev.gabor.nn.plan.Operation;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Group, instance and layer normalisation: of each sample by itself. */
final class GroupNormNode extends Node {
  private enum Kind {
    GROUP_NORM,
    INSTANCE_NORM,
    LAYER_NORM
  }

  private final Kind kind;
  private final int groups;
  private final float epsilon;

  /** Weight and bias, or neither. */
  private final List<Parameter> parameters;

  private GroupNormNode(
      Kind kind, String name, Node input, int groups, float epsilon, boolean affine) {
    super(name, List.of(input), input.shape());
    this.kind = kind;
    this.groups = groups;
    this.epsilon = epsilon;
    this.parameters =
        affine
            ? List.of(parameter("weight", Initializer.ONES), parameter("bias", Initializer.ZEROS))
            : List.of();
    Nodes.fitting(name, () -> problem(1));
  }

  static Node groupNorm(String name, Node input, int groups, float epsilon, boolean affine) {
    return new GroupNormNode(Kind.GROUP_NORM, name, input, groups, epsilon, affine);
  }

  static Node instanceNorm(String name, Node input, float epsilon, boolean affine) {
    int channels = Nodes.image(name, "instance_norm", input).length(0);
    return new GroupNormNode(Kind.INSTANCE_NORM, name, input, channels, epsilon, affine);
  }

  static Node layerNorm(String name, Node input, float epsilon, boolean affine) {
    return new GroupNormNode(Kind.LAYER_NORM, name, input, 1, epsilon, affine);
  }

  static Node readGroupNorm(String name, List<Node> inputs, Settings settings) {
    int groups = settings.integer("groups");
    return groupNorm(name, inputs.get(0), groups, epsilon(settings), affine(settings, true));
  }

  static Node readInstanceNorm(String name, List<Node> inputs, Settings settings) {
    return instanceNorm(name, inputs.get(0), epsilon(settings), affine(settings, false));
  }

  static Node readLayerNorm(String name, List<Node> inputs, Settings settings) {
    return layerNorm(name, inputs.get(0), epsilon(settings), affine(settings, true));
  }

  private static float epsilon(Settings settings) {
    return settings.number("epsilon", GroupNorm.EPSILON);
  }

  private static boolean affine(Settings settings, boolean absent) {
    return settings.flag("affine", absent);
  }

  @Override
  public String operator() {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public Map<String, Object> settings() {
    Map<String, Object> settings = new HashMap<>();
    settings.put("epsilon", epsilon);
    settings.put("affine", !parameters.isEmpty());
    if (kind == Kind.GROUP_NORM) {
      settings.put("groups", groups);
    }
    return settings;
  }

  @Override
  public List<Parameter> parameters() {
    return parameters;
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> inputs, Value y) {
    Value x = inputs.get(0);
    GroupNorm problem = problem(recorder.batch());
    Optional<Value> weight = parameters.stream().findFirst().map(recorder::parameter);
    Optional<Value> bias = parameters.stream().skip(1).findFirst().map(recorder::parameter);
    Optional<Value> saved =
        recorder.training() || recorder.wantsGradient(x)
            ? Optional.of(recorder.value("saved", GroupNormOps.savedShape(problem), Layout.PLAIN))
            : Optional.empty();
    List<Value> reads = new ArrayList<>(List.of(x));
    weight.ifPresent(reads::add);
    bias.ifPresent(reads::add);
    List<Value> writes = new ArrayList<>(List.of(y));
    saved.ifPresent(writes::add);
    Operation.Binding forward =
        slots ->
            ops(recorder)
                .forward(
                    problem,
                    slots.of(x),
                    Nodes.tensor(slots, weight),
                    Nodes.tensor(slots, bias),
                    slots.of(y),
                    Nodes.tensor(slots, saved));
    if (saved.isEmpty()) {
      recorder.addInPlace(operationName() + " forward", reads, writes, forward);
      return dy -> {};
    }
    recorder.add(operationName() + " forward", reads, writes, forward);
    return dy -> backward(recorder, problem, x, weight, saved.get(), dy);
  }

  private void backward(
      Recorder recorder,
      GroupNorm problem,
      Value x,
      Optional<Value> weight,
      Value saved,
      Value dy) {
    Optional<Value> dx = Nodes.gradientLike(recorder, x);
    if (dx.isEmpty() && parameters.stream().noneMatch(recorder::trains)) {
      return;
    }
    List<Value> gradients =
        parameters.stream().map(parameter -> Nodes.gradient(recorder, parameter)).toList();
    Optional<Value> dweight = gradients.stream().findFirst();
    Optional<Value> dbias = gradients.stream().skip(1).findFirst();
    long sizeBytes = weight.isPresent() ? ops(recorder).workspaceBytes(problem) : 0;
    List<Value> workspace = recorder.workspace(sizeBytes);
    List<Value> reads = new ArrayList<>(List.of(dy, x, saved));
    weight.ifPresent(reads::add);
    List<Value> writes = new ArrayList<>();
    dx.ifPresent(writes::add);
    writes.addAll(gradients);
    writes.addAll(workspace);
    Operation.Binding backward =
        slots ->
            ops(recorder)
                .backward(
                    problem,
                    slots.of(x),
                    Nodes.tensor(slots, weight),
                    slots.of(dy),
                    slots.of(saved),
                    Nodes.tensor(slots, dx),
                    Nodes.tensor(slots, dweight),
                    Nodes.tensor(slots, dbias),
                    Nodes.first(slots, workspace));
    if (dx.isEmpty()) {
      recorder.add(operationName() + " backward", reads, writes, backward);
      return;
    }
    recorder.addInPlace(operationName() + " backward", reads, writes, backward);
    recorder.pass(x, dx.get());
  }

  private String operationName() {
    return operator().replace('_', '-');
  }

  private static GroupNormOps ops(Recorder recorder) {
    return recorder.backend().groupNorm();
  }

  /** Layer-norm counts every element as a channel. */
  private GroupNorm problem(int batch) {
    int size = Math.toIntExact(shape().size());
    int channels = kind == Kind.LAYER_NORM ? size : shape().length(0);
    return new GroupNorm(batch, channels, size / channels, groups, epsilon);
  }

  private Parameter parameter(String what, Initializer initializer) {
    boolean elements = kind == Kind.LAYER_NORM && shape().rank() == 3;
    Shape shape = elements ? shape() : Shape.of(shape().length(0));
    return new Parameter(
        name() + "." + what,
        shape,
        elements ? Layout.IMAGE : Layout.PLAIN,
        initializer,
        Parameter.Kind.UNDECAYED,
        elements ? shape.batched(1) : shape);
  }
}
