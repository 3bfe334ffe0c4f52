package dev.gabor.nn;

import dev.gabor.backend.RandomState;
import dev.gabor.nn.plan.Recording;
import dev.gabor.nn.plan.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Records networks: the forward pass, and for training the backward pass in reverse order; or a
 * pass to look into.
 */
public final class Compiler {
  /**
   * The ends of a recorded pass.
   *
   * @param input the samples, written by the host
   * @param output the network's answer
   * @param nodes the value of every recorded node, inputs before their readers
   */
  public record Ends(Value input, Value output, Map<Node, Value> nodes) {}

  /**
   * An inference of which every node has a value of its own. A value lives only until its last
   * reader unless {@link Recording#output} is told of it.
   *
   * @param input the samples, written by the host
   * @param values of all nodes that the output needs
   */
  public record Inspection(Value input, Map<Node, Value> values) {}

  /**
   * An inspection with a gradient.
   *
   * @param pass the forward pass
   * @param dOf the gradient to begin from, of the shape of the first node, written by the host
   * @param dBy the gradient of the second node, read by the host
   */
  public record Derivative(Inspection pass, Value dOf, Value dBy) {}

  private Compiler() {}

  /** Records inference: no gradients, running statistics, no dropout. */
  public static Ends inference(Recording recording, ParameterStore parameters, int batch) {
    Recorder recorder = new Recorder(recording, parameters, batch, false, new RandomState(0));
    List<Fusion.Fused> nodes = fused(recorder);
    Ends ends = forward(recording, recorder, nodes, Optional.empty(), new ArrayList<>()).ends();
    recording.output(ends.output());
    return ends;
  }

  /** Records inference node by node, nothing fused: the values are those of {@link #inference}. */
  public static Inspection inspection(Recording recording, ParameterStore parameters, int batch) {
    Recorder recorder = new Recorder(recording, parameters, batch, false, new RandomState(0));
    List<Fusion.Fused> nodes = Fusion.none(parameters.network());
    return forward(recording, recorder, nodes, Optional.empty(), new ArrayList<>()).inspection();
  }

  /**
   * Records an inspection and then the gradient of one node's value by another's, as the network
   * infers: running statistics, no dropout, no gradients of parameters.
   *
   * @param of a node of the network
   * @param by a node that the first one depends on
   * @throws IllegalArgumentException if it does not
   */
  public static Derivative derivative(
      Recording recording, ParameterStore parameters, int batch, Node of, Node by) {
    Recorder recorder = new Recorder(recording, parameters, batch, false, new RandomState(0));
    List<Backward> backwards = new ArrayList<>();
    List<Fusion.Fused> nodes = Fusion.none(parameters.network());
    Inspection pass = forward(recording, recorder, nodes, Optional.of(by), backwards).inspection();
    Optional<Value> y = Optional.ofNullable(pass.values().get(of));
    Optional<Value> x = Optional.ofNullable(pass.values().get(by));
    if (y.isPresent() && x.isPresent()) {
      Value dOf = recording.input("gradient of " + of.name(), y.get().shape(), y.get().layout());
      recorder.pass(y.get(), dOf);
      backward(recorder, backwards);
      Optional<Value> dBy = recorder.gradientOf(x.get());
      if (dBy.isPresent()) {
        recording.output(dBy.get());
        return new Derivative(pass, dOf, dBy.get());
      }
    }
    throw new IllegalArgumentException(
        "layer %s does not depend on layer %s".formatted(of.name(), by.name()));
  }

  /**
   * Records a training pass: forward, loss, backward. Parameter gradients are complete at its end.
   *
   * @param recording where it goes
   * @param parameters a store with gradients
   * @param batch the number of samples
   * @param random seed and step for dropout
   * @param loss given the recorder and the network's output, records the loss and returns the
   *     gradient of the output
   */
  public static Ends training(
      Recording recording,
      ParameterStore parameters,
      int batch,
      RandomState random,
      BiFunction<Recorder, Value, Value> loss) {
    Recorder recorder = new Recorder(recording, parameters, batch, true, random);
    List<Backward> backwards = new ArrayList<>();
    List<Fusion.Fused> nodes = fused(recorder);
    Ends ends = forward(recording, recorder, nodes, Optional.empty(), backwards).ends();
    recording.turn();
    Value dOutput = loss.apply(recorder, ends.output());
    recorder.pass(ends.output(), dOutput);
    backward(recorder, backwards);
    recording.output(ends.output());
    return ends;
  }

  private record Backward(Node node, int index, Value y, Node.Gradient gradient) {}

  private static void backward(Recorder recorder, List<Backward> backwards) {
    for (int i = backwards.size() - 1; i >= 0; i--) {
      Backward backward = backwards.get(i);
      Optional<Value> dy = recorder.gradientOf(backward.y());
      if (dy.isPresent()) {
        recorder.enter(backward.node(), backward.index());
        backward.gradient().record(dy.get());
      }
    }
  }

  /** The ends, and the value of every node of the network, also where nothing was recorded. */
  private record Forward(Ends ends, Map<Node, Value> values) {
    Inspection inspection() {
      return new Inspection(ends.input(), Collections.unmodifiableMap(values));
    }
  }

  /** With a leaf, whose gradient is wanted whatever trains. */
  private static Forward forward(
      Recording recording,
      Recorder recorder,
      List<Fusion.Fused> nodes,
      Optional<Node> leaf,
      List<Backward> backwards) {
    Network network = recorder.network();
    int batch = recorder.batch();
    Map<Node, Value> values = new HashMap<>();
    Map<Node, Value> recorded = new LinkedHashMap<>();
    Node first = network.input();
    Value input = recording.input(first.name(), first.shape().batched(batch), first.layout());
    values.put(first, input);
    recorded.put(first, input);
    leaf.filter(first::equals).ifPresent(node -> recorder.markDifferentiable(input));
    for (Fusion.Fused fused : nodes) {
      Node node = fused.node();
      int index = network.nodes().indexOf(fused.standsFor());
      List<Value> inputs = node.inputs().stream().map(values::get).toList();
      if (node.isIdentity(recorder.training())) {
        values.put(fused.standsFor(), inputs.get(0));
        leaf.filter(node::equals).ifPresent(same -> recorder.markDifferentiable(inputs.get(0)));
        continue;
      }
      Value y = recording.value(node.name(), node.shape().batched(batch), node.layout());
      values.put(fused.standsFor(), y);
      recorded.put(node, y);
      recorder.enter(node, index);
      boolean trains =
          inputs.stream().anyMatch(recorder::wantsGradient)
              || node.parameters().stream().anyMatch(recorder::trains);
      if (trains) {
        recorder.markDifferentiable(y);
      }
      Node.Gradient gradient = node.record(recorder, inputs, y);
      if (trains) {
        backwards.add(new Backward(node, index, y, gradient));
      }
      leaf.filter(node::equals).ifPresent(same -> recorder.markDifferentiable(y));
    }
    Value output = values.get(network.output());
    return new Forward(new Ends(input, output, Collections.unmodifiableMap(recorded)), values);
  }

  private static List<Fusion.Fused> fused(Recorder recorder) {
    Network network = recorder.network();
    return Fusion.rewrite(network, recorder.training(), constant(network, recorder));
  }

  /** The nodes that training does not change: they and all before them are frozen. */
  private static Set<Node> constant(Network network, Recorder recorder) {
    Set<Node> constant = new HashSet<>();
    for (Node node : network.nodes()) {
      if (constant.containsAll(node.inputs())
          && node.parameters().stream().allMatch(recorder::isFrozen)) {
        constant.add(node);
      }
    }
    return constant;
  }
}
