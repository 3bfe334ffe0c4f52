package dev.gabor.nn;

import dev.gabor.backend.Activation;
import dev.gabor.backend.BiasOps;
import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.Layout;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A transposed convolution (PyTorch ConvTranspose2d, ONNX ConvTranspose): the backward-data pass of
 * a convolution read forwards, so its own backward-data pass is that convolution's forward pass.
 * Output rows: (H − 1)·stride − 2·pad + dilation·(R − 1) + outputPadding + 1. Parameters: weight
 * (C,K/groups,R,S), bias (K).
 */
final class TransposedConvolutionNode extends Node {
  private final ConvolutionSettings settings;
  private final Convolution mirror;
  private final Parameter weight;
  private final Optional<Parameter> bias;

  private TransposedConvolutionNode(
      String name, Node input, ConvolutionSettings settings, Convolution mirror) {
    super(name, List.of(input), Shape.of(mirror.c(), mirror.h(), mirror.w()));
    this.settings = settings;
    this.mirror = mirror;
    weight =
        new Parameter(
            name + ".weight",
            mirror.weightShape(),
            Layout.FILTER,
            settings.initializer,
            Parameter.Kind.WEIGHT);
    bias =
        settings.bias
            ? Optional.of(
                new Parameter(
                    name + ".bias",
                    Shape.of(mirror.c()),
                    Layout.PLAIN,
                    Initializer.ZEROS,
                    Parameter.Kind.UNDECAYED))
            : Optional.empty();
  }

  static TransposedConvolutionNode of(String name, Node input, ConvolutionSettings s) {
    Shape x = Nodes.image(name, "conv_transpose2d", input);
    if (s.outputPadding < 0 || s.outputPadding >= Math.min(s.strideH, s.strideW)) {
      throw new IllegalArgumentException(
          "layer "
              + name
              + ": output padding "
              + s.outputPadding
              + " must be at least 0 and below the stride");
    }
    int h =
        (x.length(1) - 1) * s.strideH
            - 2 * s.padH
            + s.dilationH * (s.rows - 1)
            + s.outputPadding
            + 1;
    int w =
        (x.length(2) - 1) * s.strideW
            - 2 * s.padW
            + s.dilationW * (s.columns - 1)
            + s.outputPadding
            + 1;
    Convolution mirror =
        Nodes.fitting(
            name,
            () ->
                new Convolution(
                    1,
                    s.filters,
                    h,
                    w,
                    x.length(0),
                    s.rows,
                    s.columns,
                    s.strideH,
                    s.strideW,
                    s.padH,
                    s.padW,
                    s.dilationH,
                    s.dilationW,
                    s.groups));
    return new TransposedConvolutionNode(name, input, s, mirror);
  }

  static Node read(String name, List<Node> inputs, Settings settings) {
    return of(name, inputs.get(0), ConvolutionSettings.read(settings));
  }

  @Override
  public String operator() {
    return "conv_transpose2d";
  }

  @Override
  public Map<String, Object> settings() {
    return settings.toMap();
  }

  @Override
  public List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>(List.of(weight));
    bias.ifPresent(parameters::add);
    return parameters;
  }

  @Override
  public Optional<Convolution> convolution() {
    return Optional.of(mirror);
  }

  @Override
  Pass forwardPass() {
    return Pass.BACKWARD_DATA;
  }

  @Override
  public Gradient record(Recorder recorder, List<Value> inputs, Value y) {
    Value x = inputs.get(0);
    ConvolutionPasses passes = new ConvolutionPasses(recorder, mirror.withBatch(recorder.batch()));
    passes.backwardData("transposed convolution forward", x, recorder.parameter(weight), y);
    bias.ifPresent(parameter -> recordBias(recorder, parameter, y));
    return dy -> recordGradient(passes, x, dy);
  }

  private static void recordBias(Recorder recorder, Parameter parameter, Value y) {
    BiasOps ops = recorder.backend().bias();
    Value b = recorder.parameter(parameter);
    recorder.add(
        "bias forward",
        List.of(y, b),
        List.of(y),
        slots -> ops.forward(slots.of(y), slots.of(b), slots.of(y)));
  }

  private void recordGradient(ConvolutionPasses passes, Value x, Value dy) {
    Recorder recorder = passes.recorder();
    if (recorder.trains(weight)) {
      passes.backwardWeight(
          "transposed convolution backward weight", dy, x, recorder.gradient(weight));
    }
    bias.filter(recorder::trains)
        .ifPresent(parameter -> Nodes.recordBiasGradient(recorder, parameter, dy));
    recorder.contribute(
        x,
        dx ->
            passes.forward(
                "transposed convolution backward data",
                dy,
                recorder.parameter(weight),
                Optional.empty(),
                dx,
                Activation.IDENTITY));
  }
}
