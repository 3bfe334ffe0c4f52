package dev.gabor.bench;

/**
 * How long is measured.
 *
 * @param fewest samples at least, unless they would take three times the budget
 * @param most samples at most
 * @param budgetSeconds after which no sample is begun once there are enough
 * @param sampleMillis a sample is made of so many runs that it takes this long
 * @param referenceMillis what the CPU reference may be expected to take for a run that it is
 *     compared by; 0 compares nothing
 */
public record Effort(
    int fewest, int most, double budgetSeconds, double sampleMillis, double referenceMillis) {
  /** A first look. */
  public static final Effort QUICK = new Effort(3, 9, 0.05, 1, 10);

  /** Numbers to be kept. */
  public static final Effort FULL = new Effort(15, 50, 0.5, 2, 250);

  /** An effort that compares nothing with the CPU reference. */
  public Effort(int fewest, int most, double budgetSeconds, double sampleMillis) {
    this(fewest, most, budgetSeconds, sampleMillis, 0);
  }

  /** Checks that there is something to do. */
  public Effort {
    if (fewest < 1
        || most < fewest
        || !(budgetSeconds > 0)
        || !(sampleMillis > 0)
        || !(referenceMillis >= 0)) {
      throw new IllegalArgumentException(
          "effort: expected 1 <= fewest <= most and times above 0, found %d, %d, %s s, %s ms"
              .formatted(fewest, most, budgetSeconds, sampleMillis));
    }
  }
}
