package dev.gabor.bench;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A report beside an older one. A result is compared with the older one of the same work and
 * algorithm, else with the fastest older one of the same work.
 *
 * @param changes one for each result of the newer report, in its order
 */
public record Comparison(List<Change> changes) {
  /** What became of a result. */
  public enum Verdict {
    /** Not in the older report. */
    NEW,
    /** Within the noise. */
    SAME,
    /** Faster beyond the noise. */
    FASTER,
    /** Slower beyond the noise, but not past the threshold. */
    SLOWER,
    /** Slower beyond the noise and past the threshold. */
    FAILED
  }

  /**
   * One result and what became of it.
   *
   * @param percent the change of the median time, in percent of the older one: above 0 is slower
   */
  public record Change(Result result, double percent, Verdict verdict) {}

  /** Copies the changes. */
  public Comparison {
    changes = List.copyOf(changes);
  }

  /**
   * Compares two reports. The noise is the larger spread of the two timings.
   *
   * @param thresholdPercent at least 0: the slow-down that is let pass
   */
  public static Comparison of(Report older, Report newer, double thresholdPercent) {
    if (!(thresholdPercent >= 0)) {
      throw new IllegalArgumentException(
          "threshold: expected at least 0 percent, found " + thresholdPercent);
    }
    return new Comparison(
        newer.results().stream()
            .map(
                result ->
                    partner(older, result.subject())
                        .map(partner -> change(partner, result, thresholdPercent))
                        .orElse(new Change(result, 0, Verdict.NEW)))
            .toList());
  }

  /** Whether something became slower past the threshold. */
  public boolean failed() {
    return changes.stream().anyMatch(change -> change.verdict() == Verdict.FAILED);
  }

  /** How many results met a verdict. */
  public long count(Verdict verdict) {
    return changes.stream().filter(change -> change.verdict() == verdict).count();
  }

  private static Optional<Result> partner(Report older, Subject subject) {
    Optional<Result> exact =
        older.results().stream().filter(result -> result.subject().equals(subject)).findFirst();
    return exact.isPresent()
        ? exact
        : older.results().stream()
            .filter(result -> result.subject().isSameWork(subject))
            .min(Comparator.comparingDouble(result -> result.timing().medianMillis()));
  }

  private static Change change(Result older, Result newer, double thresholdPercent) {
    Timing before = older.timing();
    Timing now = newer.timing();
    double percent = 100 * (now.medianMillis() / before.medianMillis() - 1);
    double noise = Math.max(before.spreadPercent(), now.spreadPercent());
    return new Change(newer, percent, verdict(percent, noise, thresholdPercent));
  }

  private static Verdict verdict(double percent, double noise, double threshold) {
    if (Math.abs(percent) <= noise) {
      return Verdict.SAME;
    }
    if (percent < 0) {
      return Verdict.FASTER;
    }
    return percent > threshold ? Verdict.FAILED : Verdict.SLOWER;
  }
}
