package dev.gabor.check;

import dev.gabor.backend.Backend;

/**
 * How one operator is checked: what problems there are, and how one is run. An operator of one's
 * own is checked by implementing this and {@link DeviceCheck#and adding} it.
 */
public interface OperatorCheck {
  /** The name in cases and tables. */
  String operator();

  /**
   * Draws a problem.
   *
   * @param backend the device, asked for its algorithms only
   * @param turn 0 for the first problem of the operator, 1 for the second…: variants take turns, so
   *     that a few cases meet them all
   * @param draw where the random choices come from
   */
  CheckCase draw(Backend backend, int turn, Draw draw);

  /**
   * The problem of a case, ready to run on the device and on the reference.
   *
   * @throws IllegalArgumentException if a setting is missing or wrong
   */
  Trial trial(CheckCase line);
}
