package dev.gabor.nn;

import dev.gabor.backend.Convolution;
import dev.gabor.backend.Convolution.Pass;
import dev.gabor.backend.Layout;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One operator of a network with its inputs, settings and parameters. Immutable. */
public abstract class Node {
  private final String name;
  private final List<Node> inputs;
  private final Shape shape;

  /**
   * A node of a graph.
   *
   * @param name unique in its network, for example {@code conv1}
   * @param inputs the nodes whose outputs it reads
   * @param shape the shape of one sample of its output: (C,H,W) or (C)
   */
  protected Node(String name, List<Node> inputs, Shape shape) {
    this.name = name;
    this.inputs = List.copyOf(inputs);
    this.shape = shape;
  }

  /** The name, unique in the network. */
  public final String name() {
    return name;
  }

  /** The nodes whose outputs this one reads. */
  public final List<Node> inputs() {
    return inputs;
  }

  /** The shape of one sample of the output, without the batch axis. */
  public final Shape shape() {
    return shape;
  }

  /** How the output may be laid out: images have three axes. */
  public final Layout layout() {
    return shape.rank() == 3 ? Layout.IMAGE : Layout.PLAIN;
  }

  /** The operator's name in summaries and saved networks, for example {@code conv2d}. */
  public abstract String operator();

  /**
   * The settings that, with the operator's name and the inputs, make this node again: numbers,
   * booleans, strings.
   */
  public abstract Map<String, Object> settings();

  /** The parameters, in the order in which they are saved. */
  public List<Parameter> parameters() {
    return List.of();
  }

  /**
   * The convolution that this node computes, for one sample: a tuner measures it before the network
   * is compiled. Empty for nodes without one.
   */
  public Optional<Convolution> convolution() {
    return Optional.empty();
  }

  /** Which pass of {@link #convolution} is this node's forward pass. */
  Pass forwardPass() {
    return Pass.FORWARD;
  }

  /**
   * Whether the output is the first input itself: nothing is recorded then, and readers of this
   * node read that input's value. Dropout is so at inference.
   */
  public boolean isIdentity(boolean training) {
    return false;
  }

  /**
   * Records the forward operation.
   *
   * @param recorder where operations go
   * @param x the values of the inputs, each with the batch axis in front
   * @param y the value to write
   * @return how the gradient is recorded; only called for training
   */
  public abstract Gradient record(Recorder recorder, List<Value> x, Value y);

  /** Records the backward operations of a node. */
  @FunctionalInterface
  public interface Gradient {
    /**
     * Given the gradient of the output, contributes to those of the inputs and writes those of the
     * parameters.
     */
    void record(Value dy);
  }

  @Override
  public String toString() {
    return name + " (" + operator() + ") " + shape;
  }
}
