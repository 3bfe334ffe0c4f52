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

/** Records networks: the forward pass, and for training the backward pass in reverse order. */
public final class Compiler {
  /**
   * The ends of a recorded pass.
   *
   * @param input the samples, written by the host
   * @param output the network's answer
   * @param nodes the value of every recorded node, inputs before their readers
   */
  public record Ends(Value input, Value output, Map<Node, Value> nodes) {}

  private Compiler() {}

  /** Records inference: no gradients, running statistics, no dropout. */
  public static Ends inference(Recording recording, ParameterStore parameters, int batch) {
    Recorder recorder = new Recorder(recording, parameters, batch, false, new RandomState(0));
    Ends ends = forward(recording, recorder, parameters.network(), batch, new ArrayList<>());
    recording.output(ends.output());
    return ends;
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
    Ends ends = forward(recording, recorder, parameters.network(), batch, backwards);
    recording.turn();
    Value dOutput = loss.apply(recorder, ends.output());
    recorder.pass(ends.output(), dOutput);
    for (int i = backwards.size() - 1; i >= 0; i--) {
      Backward backward = backwards.get(i);
      Optional<Value> dy = recorder.gradientOf(backward.y());
      if (dy.isPresent()) {
        recorder.enter(backward.node(), backward.index());
        backward.gradient().record(dy.get());
      }
    }
    recording.output(ends.output());
    return ends;
  }

  private record Backward(Node node, int index, Value y, Node.Gradient gradient) {}

  private static Ends forward(
      Recording recording,
      Recorder recorder,
      Network network,
      int batch,
      List<Backward> backwards) {
    Map<Node, Value> values = new HashMap<>();
    Map<Node, Value> recorded = new LinkedHashMap<>();
    Node first = network.input();
    Value input = recording.input(first.name(), first.shape().batched(batch), first.layout());
    values.put(first, input);
    recorded.put(first, input);
    Set<Node> constant = constant(network, recorder);
    for (Fusion.Fused fused : Fusion.rewrite(network, recorder.training(), constant)) {
      Node node = fused.node();
      int index = network.nodes().indexOf(fused.standsFor());
      List<Value> inputs = node.inputs().stream().map(values::get).toList();
      if (node.isIdentity(recorder.training())) {
        values.put(fused.standsFor(), inputs.get(0));
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
    }
    return new Ends(input, values.get(network.output()), Collections.unmodifiableMap(recorded));
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
