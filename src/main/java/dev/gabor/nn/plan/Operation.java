package dev.gabor.nn.plan;

import dev.gabor.backend.Step;
import java.util.List;

/**
 * One recorded operation.
 *
 * @param layer the layer it belongs to, for profiles and messages
 * @param name the operation, for example {@code convolution forward}
 * @param reads values read; one that is also written is updated
 * @param writes values written
 * @param inPlace whether the first written value may take the bytes of the first read one, if
 *     nobody reads that later
 * @param binding makes the step when all values have their tensors
 */
public record Operation(
    String layer,
    String name,
    List<Value> reads,
    List<Value> writes,
    boolean inPlace,
    Binding binding) {

  /** Makes the step of an operation. */
  @FunctionalInterface
  public interface Binding {
    /** Binds the operation to the tensors of its values. */
    Step bind(Slots slots);
  }
}
