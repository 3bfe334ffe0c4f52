package dev.gabor.bench;

import dev.gabor.backend.Backend;
import dev.gabor.backend.Step;
import dev.gabor.tensor.Shape;
import java.util.List;
import java.util.Optional;

/**
 * One pass of an operator that memory bounds.
 *
 * @param shape that it is measured at
 * @param work what a run computes, and the fewest bytes that it must move
 * @param binding makes the step and its tensors
 */
record OperatorCase(String op, String pass, Shape shape, Work work, Binding binding)
    implements Case {
  /** Makes a step whose tensors belong to the inputs. */
  @FunctionalInterface
  interface Binding {
    /** Binds it. */
    Step bind(Backend backend, Inputs inputs);
  }

  @Override
  public String title() {
    return op + " " + pass;
  }

  @Override
  public List<Result> measure(Bench bench) {
    Optional<String> problem =
        Inputs.tooLarge(bench.backend(), shape.size() * Float.BYTES, (long) work.bytes());
    if (problem.isPresent()) {
      bench.listener().leftOut(title(), problem.get());
      return List.of();
    }
    try (Inputs inputs = new Inputs(bench.backend())) {
      Step step = binding.bind(bench.backend(), inputs);
      String axes = shape.toString().replaceAll("[() ]", "");
      return List.of(bench.memory(Subject.of(op, pass, axes), title(), step, work, shape.size()));
    }
  }
}
