package dev.gabor.nn;

import dev.gabor.backend.Activation;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Layout;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A convolution with an optional bias: {@code conv2d}, and {@code dense}, which is the convolution
 * of 1×1 on features. Parameters: weight (K,C/groups,R,S) or (K,C), bias (K).
 */
final class ConvolutionNode extends Node {
  private final ConvolutionSettings settings;
  private final Convolution single;
  private final Activation activation;
  private final Parameter weight;
  private final Optional<Parameter> bias;

  private ConvolutionNode(
      String name,
      Node input,
      ConvolutionSettings settings,
      Convolution single,
      Shape shape,
      Activation activation) {
    super(name, List.of(input), shape);
    this.settings = settings;
    this.single = single;
    this.activation = activation;
    weight = weight(name, input.shape(), shape.rank() == 1);
    bias =
        settings.bias
            ? Optional.of(
                new Parameter(
                    name + ".bias",
                    Shape.of(single.k()),
                    Layout.PLAIN,
                    Initializer.ZEROS,
                    Parameter.Kind.UNDECAYED))
            : Optional.empty();
  }

  private Parameter weight(String name, Shape input, boolean dense) {
    Shape shape = dense ? Shape.of(single.k(), single.c()) : single.weightShape();
    Shape deviceShape = dense && input.rank() == 3 ? input.batched(single.k()) : shape;
    return new Parameter(
        name + ".weight",
        shape,
        Layout.FILTER,
        settings.initializer,
        Parameter.Kind.WEIGHT,
        deviceShape);
  }

  static ConvolutionNode conv2d(String name, Node input, ConvolutionSettings s) {
    Shape shape = Nodes.image(name, "conv2d", input);
    Convolution single =
        Nodes.fitting(
            name,
            () ->
                new Convolution(
                    1,
                    shape.length(0),
                    shape.length(1),
                    shape.length(2),
                    s.filters,
                    s.rows,
                    s.columns,
                    s.strideH,
                    s.strideW,
                    s.padH,
                    s.padW,
                    s.dilationH,
                    s.dilationW,
                    s.groups));
    Shape y = Shape.of(single.k(), single.p(), single.q());
    return new ConvolutionNode(name, input, s, single, y, Activation.IDENTITY);
  }

  /** A dense layer; images (C,H,W) count as C·H·W features, and a flatten before it is needless. */
  static ConvolutionNode dense(String name, Node input, ConvolutionSettings s) {
    Node source = input instanceof FlattenNode ? input.inputs().get(0) : input;
    int features = source.shape().arrayLength();
    Convolution single = Nodes.fitting(name, () -> Convolution.dense(1, features, s.filters));
    return new ConvolutionNode(name, source, s, single, Shape.of(s.filters), Activation.IDENTITY);
  }

  /** This layer with an activation in its epilogue. */
  ConvolutionNode with(Activation function) {
    return new ConvolutionNode(name(), inputs().get(0), settings, single, shape(), function);
  }

  static Node readConv2d(String name, List<Node> inputs, Settings settings) {
    return conv2d(name, inputs.get(0), ConvolutionSettings.read(settings));
  }

  static Node readDense(String name, List<Node> inputs, Settings settings) {
    ConvolutionSettings s = ConvolutionSettings.dense(settings.integer("units"));
    return dense(name, inputs.get(0), s.bias(settings.flag("bias", true)));
  }

  private boolean isDense() {
    return shape().rank() == 1;
  }

  @Override
  public String operator() {
    return isDense() ? "dense" : "conv2d";
  }

  @Override
  public Map<String, Object> settings() {
    return isDense() ? Map.of("units", single.k(), "bias", settings.bias) : settings.toMap();
  }

  @Override
  public List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>(List.of(weight));
    bias.ifPresent(parameters::add);
    return parameters;
  }

  @Override
  public Optional<Convolution> convolution() {
    return Optional.of(single);
  }

  /** The sizes for one image. */
  Convolution single() {
    return single;
  }

  Parameter weight() {
    return weight;
  }

  Optional<Parameter> bias() {
    return bias;
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> inputs, Value y) {
    Value x = inputs.get(0);
    ConvolutionPasses passes = new ConvolutionPasses(recorder, single.withBatch(recorder.batch()));
    Value w = recorder.parameter(weight);
    passes.forward("convolution forward", x, w, bias.map(recorder::parameter), y, activation);
    return dy -> recordGradient(passes, x, Nodes.throughActivation(recorder, activation, y, dy));
  }

  private void recordGradient(ConvolutionPasses passes, Value x, Value dy) {
    Recorder recorder = passes.recorder();
    if (recorder.trains(weight)) {
      passes.backwardWeight("convolution backward weight", x, dy, recorder.gradient(weight));
    }
    bias.filter(recorder::trains)
        .ifPresent(parameter -> Nodes.recordBiasGradient(recorder, parameter, dy));
    recorder.contribute(
        x,
        dx -> passes.backwardData("convolution backward data", dy, recorder.parameter(weight), dx));
  }
}
