package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.backend.RandomState;
import dev.gabor.nn.Node;
import dev.gabor.nn.Parameter;
import dev.gabor.nn.ParameterStore;
import dev.gabor.nn.plan.Arena;
import dev.gabor.nn.plan.Plan;
import dev.gabor.nn.plan.Value;
import dev.gabor.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the first value of a step that is not finite: runs it once more on a plan that keeps every
 * layer's output, without the update. Costs nothing until it is needed.
 */
final class Diagnosis {
  private final TrainingSetup setup;
  private final ParameterStore parameters;

  private Diagnosis(TrainingSetup setup, ParameterStore parameters) {
    this.setup = setup;
    this.parameters = parameters;
  }

  /**
   * Where the first value that is not finite lies, in the order of computation.
   *
   * @param images of the step, in canonical order
   * @param target as its loss takes it
   * @param takenBytes device memory in use already
   */
  static String of(
      TrainingSetup setup,
      ParameterStore parameters,
      int step,
      float[] images,
      float[] target,
      long takenBytes) {
    RandomState random = new RandomState(setup.seed());
    random.moveTo(step);
    TrainingGraph graph = new TrainingGraph(setup, parameters, random);
    graph.ends().nodes().values().forEach(graph.recording()::output);
    Arena arena = new Arena(graph.recording(), setup.backend());
    if (takenBytes + arena.sizeBytes() > setup.backend().memoryBytes()) {
      return "not looked for, that takes " + arena.sizeBytes() + " bytes more";
    }
    return new Diagnosis(setup, parameters).find(graph, arena, images, target);
  }

  private String find(TrainingGraph graph, Arena arena, float[] images, float[] target) {
    Backend backend = setup.backend();
    try (Plan plan = new Plan(graph.recording(), arena, backend)) {
      backend.write(images, plan.tensor(graph.ends().input()));
      backend.write(target, plan.tensor(graph.target()));
      // Before the run, which changes running statistics.
      Optional<Parameter> spoilt =
          setup.network().parameters().stream()
              .filter(parameter -> !isFinite(parameters.get(parameter)))
              .findFirst();
      plan.run();
      for (Map.Entry<Node, Value> node : graph.ends().nodes().entrySet()) {
        if (spoilt.isPresent() && node.getKey().parameters().contains(spoilt.get())) {
          return "parameter " + spoilt.get().name();
        }
        Tensor output = Tensor.zeros(node.getValue().shape());
        backend.read(plan.tensor(node.getValue()), output.data());
        if (!isFinite(output)) {
          return "output of " + node.getKey().name();
        }
      }
      return gradient().map(p -> "gradient of " + p.name()).orElse("the loss itself");
    }
  }

  /** The last layer's gradients are computed first. */
  private Optional<Parameter> gradient() {
    List<Parameter> backwards = new ArrayList<>(setup.network().parameters());
    Collections.reverse(backwards);
    return backwards.stream()
        .filter(Parameter::trains)
        .filter(parameter -> !setup.frozen().contains(parameter.name()))
        .filter(parameter -> !isFinite(parameters.getGradient(parameter)))
        .findFirst();
  }

  private static boolean isFinite(Tensor tensor) {
    for (float value : tensor.data()) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }
}
