package dev.gabor.peers;

import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.gabor.nn.Network;
import dev.gabor.nn.Node;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A network of Gabor's computed by PyTorch, operator by operator. */
final class TorchNetwork {
  private final Network network;
  private final Map<Node, Integer> readers = new HashMap<>();

  TorchNetwork(Network network) {
    this.network = network;
    network.nodes().forEach(node -> node.inputs().forEach(x -> readers.merge(x, 1, Integer::sum)));
  }

  /**
   * The output. Results between are released behind their last reader, as a Python program would;
   * autograd keeps what it needs.
   *
   * @param parameters by name; running statistics are changed in training
   * @param x the samples, not released
   */
  PtNDArray forward(Map<String, PtNDArray> parameters, PtNDArray x, boolean training) {
    Map<Node, PtNDArray> values = new HashMap<>(Map.of(network.input(), x));
    Map<Node, Integer> left = new HashMap<>(readers);
    for (Node node : network.nodes().subList(1, network.nodes().size())) {
      List<PtNDArray> inputs = node.inputs().stream().map(values::get).toList();
      values.put(node, compute(node, inputs, parameters, training));
      for (Node input : node.inputs()) {
        if (left.merge(input, -1, Integer::sum) == 0 && input != network.input()) {
          values.get(input).close();
        }
      }
    }
    return values.get(network.output());
  }

  private static PtNDArray compute(
      Node node, List<PtNDArray> inputs, Map<String, PtNDArray> parameters, boolean training) {
    TorchSettings settings = new TorchSettings(node.settings());
    PtNDArray x = inputs.get(0);
    PtNDArray weight = parameters.get(node.name() + ".weight");
    PtNDArray bias = parameters.get(node.name() + ".bias");
    return switch (node.operator()) {
      case "conv2d" ->
          JniUtils.convolution(
              x,
              weight,
              bias,
              settings.pair("stride"),
              settings.pair("pad"),
              settings.pair("dilation"),
              settings.integer("groups"));
      case "conv_transpose2d" -> TorchTransposedConvolution.compute(node, x, weight, bias);
      case "dense" -> JniUtils.linear(flat(x), weight, bias);
      case "batch_norm" ->
          JniUtils.batchNorm(
              x,
              // DJL 0.34.0 calls these gamma, beta, running mean and variance, but passes them on
              // to PyTorch in this order.
              parameters.get(node.name() + ".running_mean"),
              parameters.get(node.name() + ".running_var"),
              weight,
              bias,
              training,
              settings.number("momentum"),
              settings.number("epsilon"));
      case "group_norm" -> groupNorm(x, settings.integer("groups"), settings, weight, bias);
      case "instance_norm" ->
          groupNorm(x, Math.toIntExact(x.getShape().get(1)), settings, weight, bias);
      case "layer_norm" -> layerNorm(x, x.getShape().slice(1), settings, weight, bias);
      case "pool" -> pool(x, settings);
      case "global_pool" ->
          settings.text("kind").equals("max")
              ? JniUtils.adaptiveMaxPool(x, new Shape(1, 1))
              : JniUtils.adaptiveAvgPool(x, new Shape(1, 1));
      case "activation" -> activation(x, settings);
      case "softmax" -> x.softmax(1);
      case "log_softmax" -> x.logSoftmax(1);
      case "dropout" ->
          training && settings.number("p") > 0
              ? JniUtils.dropout(x, settings.number("p"), true)
              : x.reshape(x.getShape());
      case "flatten" -> flat(x);
      case "add" -> x.add(inputs.get(1));
      case "multiply" -> x.mul(inputs.get(1));
      case "concat" -> JniUtils.cat(inputs.toArray(PtNDArray[]::new), 1);
      case "pad" -> TorchPadding.compute(x, settings);
      default -> throw new IllegalArgumentException("no PyTorch for operator " + node.operator());
    };
  }

  /** DJL 0.34.0 has no group-norm: layer-norm of the groups, then weights by channel. */
  private static PtNDArray groupNorm(
      PtNDArray x, int groups, TorchSettings settings, PtNDArray weight, PtNDArray bias) {
    Shape shape = x.getShape();
    long size = shape.size() / shape.get(0) / groups;
    PtNDArray split = x.reshape(new Shape(shape.get(0), groups, size));
    PtNDArray y = layerNorm(split, new Shape(size), settings, null, null).reshape(shape);
    if (weight == null) {
      return y;
    }
    long[] axes = shape.getShape().clone();
    Arrays.fill(axes, 1);
    axes[1] = shape.get(1);
    return y.mul(weight.reshape(new Shape(axes))).add(bias.reshape(new Shape(axes)));
  }

  private static PtNDArray layerNorm(
      PtNDArray x, Shape normalized, TorchSettings settings, PtNDArray weight, PtNDArray bias) {
    PtNDManager manager = x.getManager();
    return JniUtils.layerNorm(
        x,
        normalized,
        weight == null ? (PtNDArray) manager.ones(normalized) : weight,
        bias == null ? (PtNDArray) manager.zeros(normalized) : bias,
        settings.number("epsilon"));
  }

  private static PtNDArray flat(PtNDArray x) {
    return x.reshape(new Shape(x.getShape().get(0), -1));
  }

  private static PtNDArray pool(PtNDArray x, TorchSettings settings) {
    Shape window = settings.pair("window");
    Shape stride = settings.pair("stride");
    Shape pad = settings.pair("pad");
    boolean ceil = settings.flag("ceil_mode");
    if (settings.text("kind").equals("max")) {
      return JniUtils.maxPool(x, window, stride, pad, ceil);
    }
    PtNDArray mean = JniUtils.avgPool(x, window, stride, pad, ceil, true);
    if (settings.flag("count_include_pad")) {
      return mean;
    }
    // DJL 0.34.0 drops the flag on its way: the mean of ones is the share that is not padding.
    PtNDArray ones = (PtNDArray) x.onesLike();
    return mean.div(JniUtils.avgPool(ones, window, stride, pad, ceil, true));
  }

  private static PtNDArray activation(PtNDArray x, TorchSettings settings) {
    return switch (settings.text("function")) {
      case "relu" -> JniUtils.relu(x);
      case "relu6" -> x.clip(0, 6);
      case "leaky_relu" -> JniUtils.leakyRelu(x, settings.number("alpha"));
      case "sigmoid" -> JniUtils.sigmoid(x);
      case "tanh" -> x.tanh();
      case "elu" -> JniUtils.elu(x, settings.number("alpha"));
      case "gelu" -> JniUtils.gelu(x);
      case "silu" -> x.mul(JniUtils.sigmoid(x));
      default -> throw new IllegalArgumentException("no PyTorch for " + settings.text("function"));
    };
  }
}
