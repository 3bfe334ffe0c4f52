package dev.gabor.nn;

import dev.gabor.backend.Activation;
import dev.gabor.backend.BatchNorm;
import dev.gabor.backend.CustomActivation;
import dev.gabor.backend.GroupNorm;
import dev.gabor.backend.Padding;
import dev.gabor.backend.PoolWindow;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Builds a network as a chain; each call adds a layer behind the last one and infers its shape.
 * Layers are named by operator and number ({@code conv1}, {@code relu2}). Branches start from where
 * the chain stands.
 */
public final class NetworkBuilder {
  /** What the branches of one network share. */
  private static final class Graph {
    final List<Node> nodes = new ArrayList<>();
    final Map<String, Integer> counts = new HashMap<>();

    String nextName(String stem) {
      return stem + counts.merge(stem, 1, Integer::sum);
    }
  }

  private final Graph graph;
  private Node last;

  NetworkBuilder(Node input) {
    graph = new Graph();
    append(input);
  }

  private NetworkBuilder(Graph graph, Node start) {
    this.graph = graph;
    this.last = start;
  }

  /** Adds a convolution with square filters, stride 1, "same" padding and a bias. */
  public NetworkBuilder conv2d(int filters, int size) {
    return conv2d(filters, size, UnaryOperator.identity());
  }

  /**
   * Adds a convolution with square filters and settings: {@code conv2d(64, 3, c ->
   * c.stride(2).bias(false))}.
   */
  public NetworkBuilder conv2d(int filters, int size, UnaryOperator<ConvolutionSettings> settings) {
    return conv2d(filters, size, size, settings);
  }

  /** Adds a convolution with filters of so many rows and columns, and settings. */
  public NetworkBuilder conv2d(
      int filters, int rows, int columns, UnaryOperator<ConvolutionSettings> settings) {
    ConvolutionSettings chosen = settings.apply(new ConvolutionSettings(filters, rows, columns));
    return append(ConvolutionNode.conv2d(graph.nextName("conv"), last, chosen));
  }

  /** Adds a transposed convolution with square filters and settings. */
  public NetworkBuilder convTranspose2d(
      int filters, int size, UnaryOperator<ConvolutionSettings> settings) {
    ConvolutionSettings chosen = settings.apply(new ConvolutionSettings(filters, size, size));
    return append(TransposedConvolutionNode.of(graph.nextName("conv_transpose"), last, chosen));
  }

  /** Adds a dense layer with a bias: y = weight x + bias. */
  public NetworkBuilder dense(int units) {
    return append(
        ConvolutionNode.dense(graph.nextName("dense"), last, ConvolutionSettings.dense(units)));
  }

  /** Adds an activation. */
  public NetworkBuilder activation(Activation activation) {
    String stem = activation.kind().name().toLowerCase(Locale.ROOT);
    return append(new ActivationNode(graph.nextName(stem), last, activation));
  }

  /**
   * Adds a composition of layers: a custom layer is a function that adds others, for example {@code
   * .then(Blocks::squeezeAndExcite)}.
   */
  public NetworkBuilder then(UnaryOperator<NetworkBuilder> layers) {
    return layers.apply(this);
  }

  /** Adds an activation of one's own. */
  public NetworkBuilder activation(CustomActivation function) {
    return append(new CustomActivationNode(graph.nextName(function.name()), last, function));
  }

  /** Adds y = max(x, 0). */
  public NetworkBuilder relu() {
    return activation(Activation.RELU);
  }

  /** Adds y = min(max(x, 0), 6). */
  public NetworkBuilder relu6() {
    return activation(Activation.RELU6);
  }

  /** Adds batch normalisation by channel with PyTorch's defaults: epsilon 1e-5, momentum 0.1. */
  public NetworkBuilder batchNorm() {
    return batchNorm(BatchNorm.EPSILON, BatchNorm.MOMENTUM);
  }

  /**
   * Adds batch normalisation by channel.
   *
   * @param epsilon added to the variance, above 0
   * @param momentum the weight of a batch in the running statistics, 0 to 1
   */
  public NetworkBuilder batchNorm(float epsilon, float momentum) {
    return append(new BatchNormNode(graph.nextName("batch_norm"), last, epsilon, momentum));
  }

  /**
   * Adds group normalisation with a weight and a bias for each channel and PyTorch's epsilon, 1e-5:
   * what batch-norm is for large batches, for batches of any size.
   *
   * @param groups divides the channels
   */
  public NetworkBuilder groupNorm(int groups) {
    return groupNorm(groups, GroupNorm.EPSILON, true);
  }

  /**
   * Adds group normalisation.
   *
   * @param groups divides the channels
   * @param epsilon added to the variance, above 0
   * @param affine whether each channel has a weight and a bias
   */
  public NetworkBuilder groupNorm(int groups, float epsilon, boolean affine) {
    return append(
        GroupNormNode.groupNorm(graph.nextName("group_norm"), last, groups, epsilon, affine));
  }

  /**
   * Adds instance normalisation, of each channel of each image by itself, with PyTorch's defaults:
   * epsilon 1e-5, no weights, no running statistics.
   */
  public NetworkBuilder instanceNorm() {
    return instanceNorm(GroupNorm.EPSILON, false);
  }

  /**
   * Adds instance normalisation.
   *
   * @param epsilon added to the variance, above 0
   * @param affine whether each channel has a weight and a bias
   */
  public NetworkBuilder instanceNorm(float epsilon, boolean affine) {
    return append(
        GroupNormNode.instanceNorm(graph.nextName("instance_norm"), last, epsilon, affine));
  }

  /**
   * Adds layer normalisation of whole samples, (C,H,W) or (C), with a weight and a bias for each
   * element and PyTorch's epsilon, 1e-5.
   */
  public NetworkBuilder layerNorm() {
    return layerNorm(GroupNorm.EPSILON, true);
  }

  /**
   * Adds layer normalisation.
   *
   * @param epsilon added to the variance, above 0
   * @param affine whether each element has a weight and a bias
   */
  public NetworkBuilder layerNorm(float epsilon, boolean affine) {
    return append(GroupNormNode.layerNorm(graph.nextName("layer_norm"), last, epsilon, affine));
  }

  /**
   * Adds dropout: in training each element becomes 0 with probability p, else x / (1 − p).
   *
   * @param p 0 to below 1
   */
  public NetworkBuilder dropout(float p) {
    return append(new DropoutNode(graph.nextName("dropout"), last, p, false));
  }

  /**
   * Adds dropout of whole channels, as PyTorch's Dropout2d.
   *
   * @param p 0 to below 1
   */
  public NetworkBuilder channelDropout(float p) {
    return append(new DropoutNode(graph.nextName("channel_dropout"), last, p, true));
  }

  /** Adds y = x for x &gt; 0, else slope x; PyTorch's default slope is 0.01. */
  public NetworkBuilder leakyRelu(float slope) {
    return activation(Activation.leakyRelu(slope));
  }

  /** Adds y = 1 / (1 + exp(-x)). */
  public NetworkBuilder sigmoid() {
    return activation(Activation.SIGMOID);
  }

  /** Adds y = tanh(x). */
  public NetworkBuilder tanh() {
    return activation(Activation.TANH);
  }

  /** Adds y = x for x &gt; 0, else alpha (exp(x) - 1); PyTorch's default alpha is 1. */
  public NetworkBuilder elu(float alpha) {
    return activation(Activation.elu(alpha));
  }

  /** Adds y = x Φ(x). */
  public NetworkBuilder gelu() {
    return activation(Activation.GELU);
  }

  /** Adds y = x / (1 + exp(-x)). */
  public NetworkBuilder silu() {
    return activation(Activation.SILU);
  }

  /** Adds maximum pooling with square windows side by side. */
  public NetworkBuilder maxPool(int window) {
    return pool(PoolWindow.of(PoolWindow.Kind.MAX, window));
  }

  /** Adds maximum pooling with square windows. */
  public NetworkBuilder maxPool(int window, int stride, int pad) {
    return pool(PoolWindow.of(PoolWindow.Kind.MAX, window).stride(stride).pad(pad));
  }

  /** Adds average pooling with square windows side by side. */
  public NetworkBuilder averagePool(int window) {
    return pool(PoolWindow.of(PoolWindow.Kind.AVERAGE, window));
  }

  /** Adds average pooling with square windows; padded positions count, as in PyTorch. */
  public NetworkBuilder averagePool(int window, int stride, int pad) {
    return pool(PoolWindow.of(PoolWindow.Kind.AVERAGE, window).stride(stride).pad(pad));
  }

  /** Adds pooling with all its options. */
  public NetworkBuilder pool(PoolWindow window) {
    String stem = window.kind() == PoolWindow.Kind.MAX ? "maxpool" : "avgpool";
    return append(new PoolNode(graph.nextName(stem), last, window));
  }

  /** Adds the mean of each channel: (C,H,W) becomes (C,1,1). */
  public NetworkBuilder globalAveragePool() {
    return globalPool(PoolWindow.Kind.AVERAGE);
  }

  /** Adds the maximum of each channel: (C,H,W) becomes (C,1,1). */
  public NetworkBuilder globalMaxPool() {
    return globalPool(PoolWindow.Kind.MAX);
  }

  /** Adds the step from images (C,H,W) to features (C·H·W); features stay as they are. */
  public NetworkBuilder flatten() {
    return shape().rank() == 1 ? this : append(new FlattenNode(graph.nextName("flatten"), last));
  }

  /** Adds zeros on all four sides. */
  public NetworkBuilder pad(int border) {
    return pad(Padding.zero(border));
  }

  /** Adds borders. */
  public NetworkBuilder pad(Padding padding) {
    return append(new PadNode(graph.nextName("pad"), last, padding));
  }

  /** Adds the channels of several branches, one after the other. */
  @SafeVarargs
  public final NetworkBuilder concat(UnaryOperator<NetworkBuilder>... branches) {
    List<Node> ends = new ArrayList<>();
    for (UnaryOperator<NetworkBuilder> layers : branches) {
      ends.add(branch(layers));
    }
    return append(new ConcatNode(graph.nextName("concat"), ends));
  }

  /** Adds a gate: y = first(x) second(x), element by element. */
  public NetworkBuilder multiply(
      UnaryOperator<NetworkBuilder> first, UnaryOperator<NetworkBuilder> second) {
    Node left = branch(first);
    Node right = branch(second);
    return append(new MultiplyNode(graph.nextName("multiply"), left, right));
  }

  /** Adds the softmax over (features). Cross-entropy takes logits: it needs none before it. */
  public NetworkBuilder softmax() {
    return append(new SoftmaxNode(graph.nextName("softmax"), last, false));
  }

  /** Adds the logarithm of the softmax over (features), for negative log-likelihood. */
  public NetworkBuilder logSoftmax() {
    return append(new SoftmaxNode(graph.nextName("logsoftmax"), last, true));
  }

  /** Adds a residual block: y = body(x) + x (He et al. 2016). */
  public NetworkBuilder residual(UnaryOperator<NetworkBuilder> body) {
    return residual(body, UnaryOperator.identity());
  }

  /** Adds a residual block whose shortcut is not the identity: y = body(x) + shortcut(x). */
  public NetworkBuilder residual(
      UnaryOperator<NetworkBuilder> body, UnaryOperator<NetworkBuilder> shortcut) {
    Node main = branch(body);
    Node side = branch(shortcut);
    return append(new AddNode(graph.nextName("add"), main, side));
  }

  /** The shape of one sample where the chain stands. */
  public Shape shape() {
    return last.shape();
  }

  /** The finished network; the last layer is its output. */
  public Network build() {
    return new Network(graph.nodes);
  }

  private NetworkBuilder globalPool(PoolWindow.Kind kind) {
    return append(new GlobalPoolNode(graph.nextName("globalpool"), last, kind));
  }

  private Node branch(UnaryOperator<NetworkBuilder> layers) {
    return layers.apply(new NetworkBuilder(graph, last)).last;
  }

  private NetworkBuilder append(Node node) {
    graph.nodes.add(node);
    last = node;
    return this;
  }
}
