package dev.gabor.optim;

import java.util.List;

/**
 * Where a run stands when a schedule is asked for a rate.
 *
 * @param step batches trained before, from 0
 * @param stepsPerEpoch batches in an epoch
 * @param epochs of the whole run
 * @param losses of the epochs that are done, in order: of the validation set where there is one,
 *     else of training
 */
public record Moment(int step, int stepsPerEpoch, int epochs, List<Double> losses) {
  /** Copies the losses. */
  public Moment {
    losses = List.copyOf(losses);
  }

  /** A moment of a run whose epochs are single steps, so that a schedule by epochs counts steps. */
  public static Moment ofStep(int step, int totalSteps) {
    return new Moment(step, 1, totalSteps, List.of());
  }

  /** The epochs done before, from 0. */
  public int epoch() {
    return step / stepsPerEpoch;
  }

  /** The steps of the whole run. */
  public int totalSteps() {
    return Math.multiplyExact(stepsPerEpoch, epochs);
  }
}
