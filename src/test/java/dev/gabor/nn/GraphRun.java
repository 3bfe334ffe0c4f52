package dev.gabor.nn;

import dev.gabor.backend.Backend;
import dev.gabor.backend.RandomState;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs a network once for its numbers: node by node as it is written, without fusion, and in
 * training with the gradient of the samples, which no ordinary run computes.
 */
public final class GraphRun {
  private final Backend backend;
  private final Network network;
  private final ParameterStore store;

  private GraphRun(Backend backend, ParameterStore store) {
    this.backend = backend;
    this.network = store.network();
    this.store = store;
  }

  /**
   * The output {@code y} of a training pass, the gradient {@code dx} of the samples, the gradient
   * of every parameter under {@code d} and its name, and the running statistics after the pass
   * under their names.
   *
   * @param dy the gradient of the output
   */
  public static Map<String, Tensor> train(
      Network network, Map<String, Tensor> parameters, Tensor x, Tensor dy, Backend backend) {
    try (ParameterStore store = filled(network, parameters, backend, true)) {
      return new GraphRun(backend, store).train(x, dy);
    }
  }

  /** The output {@code y} of an inference. */
  public static Map<String, Tensor> infer(
      Network network, Map<String, Tensor> parameters, Tensor x, Backend backend) {
    try (ParameterStore store = filled(network, parameters, backend, false)) {
      return new GraphRun(backend, store).infer(x);
    }
  }

  private static ParameterStore filled(
      Network network, Map<String, Tensor> parameters, Backend backend, boolean training) {
    ParameterStore store = new ParameterStore(network, backend, training);
    network.parameters().forEach(each -> store.set(each, parameters.get(each.name())));
    return store;
  }

  private Map<String, Tensor> infer(Tensor x) {
    Recording recording = new Recording();
    Compiler.Ends ends = Compiler.inference(recording, store, x.shape().length(0));
    try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
      backend.write(x.data(), plan.tensor(ends.input()));
      plan.run();
      return Map.of("y", read(plan, ends.output()));
    }
  }

  private record Backward(Value y, Node node, int index, Node.Gradient gradient) {}

  private Map<String, Tensor> train(Tensor x, Tensor dy) {
    int batch = x.shape().length(0);
    Recording recording = new Recording();
    Recorder recorder = new Recorder(recording, store, batch, true, new RandomState(0));
    Node first = network.input();
    Value input = recording.input("x", x.shape(), first.layout());
    recorder.markDifferentiable(input);
    Map<Node, Value> values = new HashMap<>(Map.of(first, input));
    Deque<Backward> backwards = new ArrayDeque<>();
    for (int index = 1; index < network.nodes().size(); index++) {
      Node node = network.nodes().get(index);
      List<Value> inputs = node.inputs().stream().map(values::get).toList();
      if (node.isIdentity(true)) {
        values.put(node, inputs.get(0));
        continue;
      }
      Value y = recording.value(node.name(), node.shape().batched(batch), node.layout());
      values.put(node, y);
      recorder.enter(node, index);
      recorder.markDifferentiable(y);
      backwards.push(new Backward(y, node, index, node.record(recorder, inputs, y)));
    }
    Value output = values.get(network.output());
    Value dOutput = recording.input("dy", output.shape(), output.layout());
    recorder.pass(output, dOutput);
    for (Backward backward : backwards) {
      Optional<Value> gradient = recorder.gradientOf(backward.y());
      recorder.enter(backward.node(), backward.index());
      gradient.ifPresent(backward.gradient()::record);
    }
    Value dInput = recorder.gradientOf(input).orElseThrow();
    recording.output(output);
    recording.output(dInput);
    try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
      backend.write(x.data(), plan.tensor(input));
      backend.write(dy.data(), plan.tensor(dOutput));
      plan.run();
      Map<String, Tensor> answer = new LinkedHashMap<>();
      answer.put("y", read(plan, output));
      answer.put("dx", read(plan, dInput));
      for (Parameter parameter : network.parameters()) {
        if (parameter.trains()) {
          answer.put("d" + parameter.name(), store.getGradient(parameter));
        } else {
          answer.put(parameter.name(), store.get(parameter));
        }
      }
      return answer;
    }
  }

  private Tensor read(Plan plan, Value value) {
    Shape shape = value.shape();
    Tensor tensor = Tensor.zeros(shape);
    backend.read(plan.tensor(value), tensor.data());
    return tensor;
  }
}
