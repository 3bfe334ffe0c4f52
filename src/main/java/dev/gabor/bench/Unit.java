package dev.gabor.bench;

/** What a rate counts. */
public enum Unit {
  /** 1e9 floating-point operations a second, a multiply-add being two. */
  GFLOPS("gflops", "GFLOP/s"),
  /** 1e9 bytes a second. */
  GIGABYTES("gb_s", "GB/s"),
  /** Images a second. */
  IMAGES("images_per_second", "images/s"),
  /** Runs a second, for what has no amount: a launch. */
  RUNS("runs_per_second", "runs/s");

  private final String key;
  private final String label;

  Unit(String key, String label) {
    this.key = key;
    this.label = label;
  }

  /** The name in JSON. */
  public String key() {
    return key;
  }

  /** The name in tables. */
  public String label() {
    return label;
  }
}
