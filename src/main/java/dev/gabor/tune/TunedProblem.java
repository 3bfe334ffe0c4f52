package dev.gabor.tune;

import dev.gabor.backend.ConvolutionProblem;
import dev.gabor.backend.tuning.Found;
import java.util.List;
import java.util.Optional;

/**
 * What was found for a problem.
 *
 * @param problem what was measured
 * @param safe the algorithm of the heuristic, which was measured first
 * @param safeMillis its time; empty where it failed
 * @param found what is kept
 * @param refused one line for each candidate that failed or computed wrongly
 * @param tried the candidates that were begun
 */
public record TunedProblem(
    ConvolutionProblem problem,
    String safe,
    Optional<Double> safeMillis,
    Found found,
    List<String> refused,
    int tried) {
  /** Copies the list. */
  public TunedProblem {
    refused = List.copyOf(refused);
  }

  /** How many times as fast the best is as the heuristic's choice: 1 where that is it. */
  public double gain() {
    return found.ranking().isEmpty() || safeMillis.isEmpty()
        ? 1
        : safeMillis.get() / found.ranking().get(0).millis();
  }
}
