package dev.gabor.data.augment;

import dev.gabor.data.Batch;
import dev.gabor.data.Mixing;
import java.util.List;

/**
 * Applies one of several mixings to each batch, all equally probable. torchvision: RandomChoice.
 *
 * @param choices at least one
 */
public record MixingChoice(List<Mixing> choices) implements Mixing {
  private static final long OWN_SEED = 0x43484F494345L;

  /** Checks that there is one. */
  public MixingChoice {
    choices = List.copyOf(choices);
    if (choices.isEmpty()) {
      throw new IllegalArgumentException("mixing: expected at least one choice, found none");
    }
  }

  @Override
  public void apply(Batch batch, long seed, long epoch, int number) {
    int choice = Workspace.of(seed ^ OWN_SEED, epoch, number).below(choices.size());
    choices.get(choice).apply(batch, seed, epoch, number);
  }
}
