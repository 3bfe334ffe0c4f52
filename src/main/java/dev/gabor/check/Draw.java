package dev.gabor.check;

import dev.gabor.tensor.Philox;

/** Random problems: the same for the same seed and case. */
public final class Draw {
  // 1, primes, powers of two and their neighbours: whole and partial tiles and vectors.
  private static final int[] LENGTHS = {
    1, 1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 15, 16, 17, 19, 23, 31, 32, 33, 37
  };
  private static final int[] WIDE = {1, 3, 8, 16, 17, 32, 33, 48, 64, 65, 97, 130};

  private final Philox random;

  /** The problem of one case. */
  public Draw(long seed, long caseIndex) {
    random = new Philox(seed, caseIndex);
  }

  /** One of some values. */
  public int one(int... values) {
    return values[random.nextInt(values.length)];
  }

  /** One of some values. */
  @SafeVarargs
  public final <T> T either(T... values) {
    return values[random.nextInt(values.length)];
  }

  /** A length of an axis, 1 to 37. */
  public int length() {
    return one(LENGTHS);
  }

  /** A length of at most so much, at least 1. */
  public int lengthTo(int most) {
    int length = length();
    return length <= most ? length : 1 + random.nextInt(most);
  }

  /** Channels, 1 to 130. */
  public int channels() {
    return one(WIDE);
  }

  /** True once in so many draws. */
  public boolean oneIn(int times) {
    return random.nextInt(times) == 0;
  }

  /** A whole number from 0 to below the bound. */
  public int below(int bound) {
    return random.nextInt(bound);
  }

  /** A seed for the data of a case: short, for it is printed. */
  public long seed() {
    return random.nextInt(1 << 20);
  }
}
