package dev.gabor.data;

/**
 * Changes a whole batch on its way to training: blends its samples and says so in their labels, as
 * mixup and cutmix do. Samples are normalised already. The result may depend on the arguments only,
 * so that an epoch is the same in every run; several threads may call at once for different
 * batches.
 */
@FunctionalInterface
public interface Mixing {
  /** Leaves every batch as it is. */
  Mixing NONE = (batch, seed, epoch, number) -> {};

  /**
   * Changes one batch in place.
   *
   * @param batch modified; a change of labels is told by {@link Batch#mixWithPrevious}
   * @param seed of the run
   * @param epoch the number of the epoch
   * @param number of the batch in its epoch, from 0
   */
  void apply(Batch batch, long seed, long epoch, int number);
}
