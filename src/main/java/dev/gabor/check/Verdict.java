package dev.gabor.check;

import java.util.Optional;

/**
 * What came of one case.
 *
 * @param line the case
 * @param failure one line that says what is wrong, if anything
 * @param error the difference to the reference that comes nearest to what is allowed, or exceeds it
 *     most
 * @param bound what is allowed there
 */
public record Verdict(CheckCase line, Optional<String> failure, double error, double bound) {
  /** Whether all is as it should be. */
  public boolean passed() {
    return failure.isEmpty();
  }

  /** How much of what is allowed was used: 0 for no difference, above 1 for a failure. */
  double share() {
    return error == 0 ? 0 : error / bound;
  }
}
