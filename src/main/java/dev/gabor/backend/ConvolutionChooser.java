package dev.gabor.backend;

import java.util.List;

/**
 * Says which algorithms a convolution shall take; given to a backend when it is opened. It answers
 * at once and the same for the same problem, as long as the backend is open, so that a run keeps
 * its bits.
 */
@FunctionalInterface
public interface ConvolutionChooser {
  /** Knows nothing: the backend's heuristic chooses. */
  ConvolutionChooser HEURISTIC = problem -> List.of();

  /** Where a choice comes from, the best source first. */
  enum Origin {
    /** Measured on this device. */
    TUNED,
    /** What ships for the class of the device. */
    DEFAULTS,
    /** Sizes and properties of the device alone. */
    HEURISTIC
  }

  /**
   * A choice.
   *
   * @param algorithm as {@link ConvolutionOps#candidates} names it
   * @param origin where it comes from
   */
  record Choice(String algorithm, Origin origin) {}

  /**
   * The algorithms to take, the best first. The backend takes the first that it can do within its
   * workspace, and asks its heuristic where there is none.
   */
  List<Choice> choices(ConvolutionProblem problem);
}
