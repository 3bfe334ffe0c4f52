package dev.gabor.nn.plan;

import dev.gabor.backend.Backend;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * Trades time for memory: the forward pass is cut into segments, only what crosses a cut is kept,
 * and backward computes the rest of a segment once more when it comes to it (Chen, Xu, Zhang and
 * Guestrin 2016, "Training Deep Nets with Sublinear Memory Cost"). The last segment, which backward
 * begins with, is kept whole. The same kernels on the same numbers give the same bits; what a
 * second pass must not do again (move running statistics) is left out by {@link Operation#again}.
 */
public final class Recomputation {
  /** Numbers of segments that are tried; between them little changes. */
  private static final int[] SEGMENTS = {2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 32, 48, 64};

  private final Recording recording;
  private final ForwardPass forward;

  private Recomputation(Recording recording, Backend backend) {
    this.recording = recording;
    this.forward = new ForwardPass(recording, backend);
  }

  /**
   * The recording cut in the way that needs the fewest bytes of all that are tried; the recording
   * itself where none needs fewer.
   *
   * @param recording complete, with its {@link Recording#turn}
   */
  public static Recording smallest(Recording recording, Backend backend) {
    Recomputation recomputation = new Recomputation(recording, backend);
    Recording best = recording;
    long fewest = new Arena(recording, backend).sizeBytes();
    Set<List<Integer>> tried = new HashSet<>();
    for (int segments : SEGMENTS) {
      List<Integer> cuts = recomputation.forward.cuts(segments);
      if (!cuts.isEmpty() && tried.add(cuts)) {
        Recording candidate = recomputation.cutAt(cuts);
        long bytes = new Arena(candidate, backend).sizeBytes();
        if (bytes < fewest) {
          best = candidate;
          fewest = bytes;
        }
      }
    }
    return best;
  }

  /**
   * The recording with some segments computed again.
   *
   * @param cuts positions of the operations that begin a segment, ascending, the first one left out
   */
  static Recording cutAt(Recording recording, Backend backend, List<Integer> cuts) {
    return new Recomputation(recording, backend).cutAt(cuts);
  }

  private Recording cutAt(List<Integer> cuts) {
    return recording.with(new Rewrite(forward.dropped(cuts)).operations());
  }

  /** One rewriting: copies of forward operations go where backward first needs their values. */
  private final class Rewrite {
    private final Set<Value> dropped;
    private final List<Operation> operations = new ArrayList<>();
    private final Map<Value, Value> copies = new HashMap<>();
    private final Set<Integer> repeated = new HashSet<>();

    Rewrite(Set<Value> dropped) {
      this.dropped = dropped;
    }

    List<Operation> operations() {
      List<Operation> all = recording.operations();
      operations.addAll(all.subList(0, recording.forwardLength()));
      for (Operation operation : all.subList(recording.forwardLength(), all.size())) {
        operation.reads().forEach(this::provide);
        operations.add(renamed(operation, operation.writes(), value -> value));
      }
      return operations;
    }

    /** Records what computes a dropped value again, in the order of the forward pass. */
    private void provide(Value value) {
      if (!dropped.contains(value)) {
        return;
      }
      Set<Integer> wanted = new TreeSet<>();
      collect(value, wanted);
      for (int position : wanted) {
        Operation again = recording.operations().get(position).repeated().orElseThrow();
        again.writes().forEach(written -> copies.computeIfAbsent(written, Rewrite::copy));
        operations.add(
            renamed(again, again.writes().stream().map(copies::get).toList(), copies::get));
        repeated.add(position);
      }
    }

    private void collect(Value value, Set<Integer> wanted) {
      for (int writer : forward.writers(value)) {
        if (!repeated.contains(writer) && wanted.add(writer)) {
          recording.operations().get(writer).reads().stream()
              .filter(dropped::contains)
              .forEach(read -> collect(read, wanted));
        }
      }
    }

    /**
     * An operation that reads copies of what was dropped.
     *
     * @param writes what it writes now
     * @param written what became of a value that it wrote
     */
    private Operation renamed(
        Operation operation, List<Value> writes, UnaryOperator<Value> written) {
      Map<Value, Value> names = new HashMap<>();
      operation.writes().forEach(value -> names.put(value, written.apply(value)));
      operation.reads().stream()
          .filter(dropped::contains)
          .forEach(value -> names.put(value, copies.get(value)));
      return new Operation(
          operation.layer(),
          operation.name(),
          operation.reads().stream().map(read -> names.getOrDefault(read, read)).toList(),
          writes,
          operation.inPlace(),
          slots -> operation.binding().bind(value -> slots.of(names.getOrDefault(value, value))));
    }

    private static Value copy(Value value) {
      return Value.inArena(value.label() + " again", value.shape(), value.layout());
    }
  }
}
