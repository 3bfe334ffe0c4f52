package dev.gabor.tune;

import dev.gabor.backend.ConvolutionProblem;
import java.util.List;

/**
 * What a tuner has done.
 *
 * @param measured the problems begun, in order
 * @param known those that an earlier run had done with
 * @param left those for which there was no time
 */
public record TuningReport(
    List<TunedProblem> measured, List<ConvolutionProblem> known, List<ConvolutionProblem> left) {
  /** Copies the lists. */
  public TuningReport {
    measured = List.copyOf(measured);
    known = List.copyOf(known);
    left = List.copyOf(left);
  }

  /** The candidates that failed or computed wrongly. */
  public List<String> refused() {
    return measured.stream().flatMap(problem -> problem.refused().stream()).toList();
  }
}
