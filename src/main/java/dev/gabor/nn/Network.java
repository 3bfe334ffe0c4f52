package dev.gabor.nn;

import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.ConvolutionProblem;
import dev.gabor.tensor.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A static graph: nodes in topological order, from one input to one output. Immutable; holds no
 * weights.
 */
public final class Network {
  private final List<Node> nodes;
  private final List<Parameter> parameters;

  Network(List<Node> nodes) {
    this.nodes = List.copyOf(nodes);
    this.parameters = nodes.stream().flatMap(node -> node.parameters().stream()).toList();
    long names = nodes.stream().map(Node::name).distinct().count();
    if (names != nodes.size()) {
      throw new IllegalArgumentException("network: two layers have the same name");
    }
  }

  /**
   * Starts a network.
   *
   * @param lengths the shape of one sample: channels, rows, columns, or features alone
   */
  public static NetworkBuilder input(int... lengths) {
    if (lengths.length != 1 && lengths.length != 3) {
      throw new IllegalArgumentException(
          "network input "
              + Shape.of(lengths)
              + ": expected (channels, rows, columns) or (features)");
    }
    return new NetworkBuilder(new InputNode("input", Shape.of(lengths)));
  }

  /** The nodes, inputs before their readers; the first is the input, the last the output. */
  public List<Node> nodes() {
    return nodes;
  }

  /** The node where samples enter. */
  public Node input() {
    return nodes.get(0);
  }

  /** The node whose value is the network's answer. */
  public Node output() {
    return nodes.get(nodes.size() - 1);
  }

  /**
   * The layer that makes the classes: the dense layer or convolution from which the output comes
   * through layers without parameters.
   *
   * @throws IllegalArgumentException if there is no such layer
   */
  public Node head() {
    return Head.of(this);
  }

  /**
   * The same network for another number of classes: its {@link #head()}, under the same name, has
   * so many outputs. Nothing else changes, so saved weights fit everywhere but there.
   *
   * @param classes at least 1
   * @throws IllegalArgumentException if the network has no head
   */
  public Network withClasses(int classes) {
    return Head.replaced(this, classes);
  }

  /**
   * The convolutions of a training step, each as often as it is computed.
   *
   * @param batch samples in a step
   */
  public List<ConvolutionProblem> convolutions(int batch) {
    List<ConvolutionProblem> problems = new ArrayList<>();
    Set<Node> trained = new HashSet<>();
    for (Node node : nodes) {
      boolean inputTrains = node.inputs().stream().anyMatch(trained::contains);
      node.convolution()
          .map(single -> single.withBatch(batch))
          .ifPresent(
              sizes -> {
                problems.add(new ConvolutionProblem(sizes, node.forwardPass()));
                problems.add(new ConvolutionProblem(sizes, Pass.BACKWARD_WEIGHT));
                if (inputTrains) {
                  Pass back =
                      node.forwardPass() == Pass.FORWARD ? Pass.BACKWARD_DATA : Pass.FORWARD;
                  problems.add(new ConvolutionProblem(sizes, back));
                }
              });
      if (inputTrains || !node.parameters().isEmpty()) {
        trained.add(node);
      }
    }
    return problems;
  }

  /** All parameters in the order of their nodes. */
  public List<Parameter> parameters() {
    return parameters;
  }
}
