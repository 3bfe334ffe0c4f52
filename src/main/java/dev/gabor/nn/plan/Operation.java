package dev.gabor.nn.plan;

import dev.gabor.backend.Step;
import java.util.List;
import java.util.Optional;

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
 * @param again what computes the same arena values once more in the same run, where the operation
 *     itself would change something else too
 */
public record Operation(
    String layer,
    String name,
    List<Value> reads,
    List<Value> writes,
    boolean inPlace,
    Binding binding,
    Optional<Operation> again) {

  /** An operation that may be done twice in a run if it writes nothing but arena values. */
  public Operation(
      String layer,
      String name,
      List<Value> reads,
      List<Value> writes,
      boolean inPlace,
      Binding binding) {
    this(layer, name, reads, writes, inPlace, binding, Optional.empty());
  }

  /** Makes the step of an operation. */
  @FunctionalInterface
  public interface Binding {
    /** Binds the operation to the tensors of its values. */
    Step bind(Slots slots);
  }

  /** This operation with what stands for it where its values are computed again. */
  public Operation again(Operation other) {
    return new Operation(layer, name, reads, writes, inPlace, binding, Optional.of(other));
  }

  /** What computes its arena values once more, and changes nothing else; absent where none does. */
  Optional<Operation> repeated() {
    if (again.isPresent()) {
      return again;
    }
    return writes.stream().anyMatch(Value::isExternal) ? Optional.empty() : Optional.of(this);
  }
}
