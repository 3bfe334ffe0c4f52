package dev.gabor.tune;

import dev.gabor.backend.ConvolutionProblem;

/** Follows a tuner. */
public interface TuningListener {
  /** Nobody. */
  TuningListener NONE = new TuningListener() {};

  /** A problem is begun. */
  default void started(ConvolutionProblem problem) {}

  /** A problem is done with, and what was found is kept. */
  default void ended(TunedProblem result) {}

  /** A problem cannot be measured on this device. */
  default void leftOut(ConvolutionProblem problem, String reason) {}
}
