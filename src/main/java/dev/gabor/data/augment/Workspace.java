package dev.gabor.data.augment;

import dev.gabor.tensor.Philox;

/** What a thread needs to change samples: its random numbers and room for a copy. */
final class Workspace {
  // Keeps augmentation apart from other uses of the same seed.
  private static final long SALT = 0x4155474D454E54L;
  private static final ThreadLocal<Workspace> OF_THREAD = ThreadLocal.withInitial(Workspace::new);

  private final int[] block = new int[4];
  private long seed;
  private long stream;
  private long position;
  private float[] copy = new float[0];

  private Workspace() {}

  /**
   * The workspace of this thread, with the numbers of (seed, epoch, index) from the first on.
   *
   * @param index of a sample, or the number of a batch
   */
  static Workspace of(long seed, long epoch, int index) {
    Workspace workspace = OF_THREAD.get();
    workspace.seed = seed ^ SALT;
    workspace.stream = epoch << 32 | index;
    workspace.position = 0;
    return workspace;
  }

  /** A copy of some values, valid until the next call. */
  float[] copyOf(float[] values, int offset, int length) {
    if (copy.length < length) {
      copy = new float[length];
    }
    System.arraycopy(values, offset, copy, 0, length);
    return copy;
  }

  private int nextInt() {
    int lane = (int) (position & 3);
    if (lane == 0) {
      Philox.block(seed, stream, position >>> 2, block);
    }
    position++;
    return block[lane];
  }

  /** Uniform in 0 to below the bound. */
  int below(int bound) {
    return (int) (((nextInt() & 0xFFFFFFFFL) * bound) >>> 32);
  }

  /** Uniform in [0, 1). */
  double uniform() {
    return Philox.toUnitFloat(nextInt());
  }

  /** Uniform in [low, high). */
  double uniform(double low, double high) {
    return low + (high - low) * uniform();
  }

  /** True with a probability. */
  boolean happens(double probability) {
    return uniform() < probability;
  }

  /** Beta(alpha, alpha), as the quotient of two gamma variates. */
  double beta(double alpha) {
    double x = gamma(alpha);
    double y = gamma(alpha);
    // Both can vanish for a tiny alpha, where the distribution is a toss of a coin.
    return x + y > 0 ? x / (x + y) : below(2);
  }

  /** Gamma(shape, 1): Marsaglia and Tsang 2000, with their step for shapes below 1. */
  private double gamma(double shape) {
    if (shape < 1) {
      double power = 1 / shape;
      return gamma(shape + 1) * StrictMath.pow(1 - uniform(), power);
    }
    double d = shape - 1.0 / 3;
    double c = 1 / StrictMath.sqrt(9 * d);
    while (true) {
      double x = gaussian();
      double root = 1 + c * x;
      double v = root * root * root;
      double u = 1 - uniform();
      if (root > 0 && StrictMath.log(u) < 0.5 * x * x + d - d * v + d * StrictMath.log(v)) {
        return d * v;
      }
    }
  }

  /** Standard normal (Box and Muller 1958). */
  private double gaussian() {
    double u = 1 - uniform();
    double v = uniform();
    return StrictMath.sqrt(-2 * StrictMath.log(u)) * StrictMath.cos(2 * Math.PI * v);
  }
}
