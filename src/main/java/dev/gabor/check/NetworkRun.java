package dev.gabor.check;

import dev.gabor.backend.Backend;
import dev.gabor.backend.RandomState;
import dev.gabor.nn.Compiler;
import dev.gabor.nn.Network;
import dev.gabor.nn.Parameter;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Recording;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** A network on one backend with weights, samples and output gradients of a seed. */
final class NetworkRun {
  private final Network network;
  private final Backend backend;
  private final int batch;
  private final long seed;

  NetworkRun(Network network, Backend backend, int batch, long seed) {
    this.network = network;
    this.backend = backend;
    this.batch = batch;
    this.seed = seed;
  }

  /**
   * A training pass and an inference pass.
   *
   * @return by name: the output of training, every gradient, every running statistic after the
   *     pass, and the output of inference
   */
  Map<String, Tensor> run() {
    Map<String, Tensor> results = new LinkedHashMap<>();
    try (ParameterStore store = new ParameterStore(network, backend, true)) {
      store.initialize(seed);
      train(store, results);
      infer(store, results);
    }
    return results;
  }

  private void train(ParameterStore store, Map<String, Tensor> results) {
    Shape output = network.output().shape().batched(batch);
    Recording recording = new Recording();
    Value dOutput = recording.input("output gradient", output, network.output().layout());
    Compiler.Ends ends =
        Compiler.training(recording, store, batch, new RandomState(seed), (r, y) -> dOutput);
    try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
      backend.write(random(dOutput.shape(), 1).data(), plan.tensor(dOutput));
      forward(plan, ends, "training output", results);
      for (Parameter parameter : network.parameters()) {
        if (parameter.kind() == Parameter.Kind.STATISTIC) {
          results.put(parameter.name(), store.get(parameter));
        } else {
          results.put("gradient of " + parameter.name(), store.getGradient(parameter));
        }
      }
    }
  }

  private void infer(ParameterStore store, Map<String, Tensor> results) {
    Recording recording = new Recording();
    Compiler.Ends ends = Compiler.inference(recording, store, batch);
    try (Plan plan = new Plan(recording, new Arena(recording, backend), backend)) {
      forward(plan, ends, "inference output", results);
    }
  }

  private void forward(Plan plan, Compiler.Ends ends, String name, Map<String, Tensor> results) {
    backend.write(random(ends.input().shape(), 0).data(), plan.tensor(ends.input()));
    plan.run();
    Tensor y = Tensor.zeros(ends.output().shape());
    backend.read(plan.tensor(ends.output()), y.data());
    results.put(name, y);
  }

  private Tensor random(Shape shape, int stream) {
    Philox random = new Philox(seed, stream);
    Tensor tensor = Tensor.zeros(shape);
    for (int i = 0; i < tensor.data().length; i++) {
      tensor.data()[i] = random.nextFloat(-1, 1);
    }
    return tensor;
  }
}
