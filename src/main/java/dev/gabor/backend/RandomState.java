package dev.gabor.backend;

/**
 * Where a run stands in its random numbers: the seed, and the training step that says which numbers
 * are due. Steps that draw random numbers read it each time they run, so a mask is fresh every step
 * and the same on every backend.
 */
public final class RandomState {
  private final long seed;
  private int step;

  /** The state at step 0. */
  public RandomState(long seed) {
    this.seed = seed;
  }

  /** The key of {@link dev.gabor.tensor.Philox}. */
  public long seed() {
    return seed;
  }

  /** The training step, from 0. */
  public int step() {
    return step;
  }

  /** Moves to a step: the next one, or the one where a checkpoint goes on. */
  public void moveTo(int newStep) {
    step = newStep;
  }

  /**
   * The Philox stream of one layer at the present step: layer in the low word, step in the high
   * one.
   */
  public long stream(int layer) {
    return ((long) step << 32) | (layer & 0xFFFFFFFFL);
  }
}
