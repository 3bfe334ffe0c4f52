package dev.gabor.nn;

import dev.gabor.backend.Activation;
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
        ConvolutionNode.dense(graph.nextName("dense"), last, new ConvolutionSettings(units, 1, 1)));
  }

  /** Adds an activation. */
  public NetworkBuilder activation(Activation activation) {
    String stem = activation.kind().name().toLowerCase(Locale.ROOT);
    return append(new ActivationNode(graph.nextName(stem), last, activation));
  }

  /** Adds y = max(x, 0). */
  public NetworkBuilder relu() {
    return activation(Activation.RELU);
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

  private Node branch(UnaryOperator<NetworkBuilder> layers) {
    return layers.apply(new NetworkBuilder(graph, last)).last;
  }

  private NetworkBuilder append(Node node) {
    graph.nodes.add(node);
    last = node;
    return this;
  }
}
