package dev.gabor.train;

import java.util.List;

/** The number that says which epoch is best: of validation where there is one, else of training. */
public enum Monitor {
  /** The smaller, the better. */
  LOSS,
  /** The larger, the better. */
  ACCURACY;

  /** The number of an epoch. */
  public double of(EpochReport report) {
    return this == LOSS
        ? report.valLoss().orElse(report.trainLoss())
        : report.valAccuracy().orElse(report.trainAccuracy());
  }

  /** Whether one number is better than another by more than a margin of at least 0. */
  boolean isBetter(double value, double than, double margin) {
    return this == LOSS ? value < than - margin : value > than + margin;
  }

  /**
   * The best of some epochs, the first of equals.
   *
   * @param reports at least one
   */
  public EpochReport best(List<EpochReport> reports) {
    return best(reports, 0);
  }

  /** The last epoch that beat the best before it by more than a margin. */
  EpochReport best(List<EpochReport> reports, double margin) {
    EpochReport best = reports.get(0);
    for (EpochReport report : reports) {
      if (isBetter(of(report), of(best), margin)) {
        best = report;
      }
    }
    return best;
  }
}
