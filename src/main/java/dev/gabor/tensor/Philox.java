package dev.gabor.tensor;

/**
 * Philox4x32-10, a counter-based random generator (Salmon et al., "Parallel random numbers: as easy
 * as 1, 2, 3", SC 2011). The number at a position depends only on (seed, stream, position), so any
 * backend can compute any element alone; {@code kernels-cl/philox.clh} computes the same bits.
 *
 * <p>The 64-bit seed is the key; the counter is (position / 4, stream), two 64-bit words, low word
 * first. One block gives the numbers of four consecutive positions.
 */
public final class Philox {
  private static final int MULTIPLIER_0 = 0xD2511F53;
  private static final int MULTIPLIER_1 = 0xCD9E8D57;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final int ROUNDS = 10;
  private static final long UNSIGNED = 0xFFFFFFFFL;

  private final long seed;
  private final long stream;
  private final int[] block = new int[4];
  private long position;

  /** The sequence of a seed and a stream, from its first number. */
  public Philox(long seed, long stream) {
    this.seed = seed;
    this.stream = stream;
  }

  /**
   * One block: the four 32-bit numbers of a counter.
   *
   * @param seed the key
   * @param stream the high 64 bits of the counter
   * @param counter the low 64 bits of the counter
   * @param out overwritten: four random words
   */
  public static void block(long seed, long stream, long counter, int[] out) {
    int c0 = (int) counter;
    int c1 = (int) (counter >>> 32);
    int c2 = (int) stream;
    int c3 = (int) (stream >>> 32);
    int k0 = (int) seed;
    int k1 = (int) (seed >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = (MULTIPLIER_0 & UNSIGNED) * (c0 & UNSIGNED);
      long product1 = (MULTIPLIER_1 & UNSIGNED) * (c2 & UNSIGNED);
      int next0 = (int) (product1 >>> 32) ^ c1 ^ k0;
      int next2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c1 = (int) product1;
      c3 = (int) product0;
      c0 = next0;
      c2 = next2;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
  }

  /**
   * A 32-bit word as a float in [0, 1): its upper 24 bits times 2^-24, exact in single precision.
   */
  public static float toUnitFloat(int word) {
    return (word >>> 8) * 0x1p-24f;
  }

  /** The next 32 random bits. */
  public int nextInt() {
    int lane = (int) (position & 3);
    if (lane == 0) {
      block(seed, stream, position >>> 2, block);
    }
    position++;
    return block[lane];
  }

  /**
   * The next number in [0, bound), without bias for the bounds used here: 64-bit multiply, high
   * half.
   */
  public int nextInt(int bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("random bound " + bound + " must be at least 1");
    }
    return (int) (((nextInt() & UNSIGNED) * bound) >>> 32);
  }

  /** The next float, uniform in [0, 1). */
  public float nextFloat() {
    return toUnitFloat(nextInt());
  }

  /** The next float, uniform in [low, high). */
  public float nextFloat(float low, float high) {
    return low + (high - low) * nextFloat();
  }

  /** The next standard normal number (Box and Muller 1958; the second of each pair is not used). */
  public float nextGaussian() {
    double u = ((nextInt() >>> 8) + 1) * 0x1p-24;
    double v = nextFloat();
    return (float) (StrictMath.sqrt(-2 * StrictMath.log(u)) * StrictMath.cos(2 * Math.PI * v));
  }

  /** Shuffles an array in place (Fisher and Yates). */
  public void shuffle(int[] array) {
    for (int i = array.length - 1; i > 0; i--) {
      int j = nextInt(i + 1);
      int swap = array[i];
      array[i] = array[j];
      array[j] = swap;
    }
  }

  /** How many numbers have been drawn; with seed and stream this is the whole state. */
  public long position() {
    return position;
  }
}
