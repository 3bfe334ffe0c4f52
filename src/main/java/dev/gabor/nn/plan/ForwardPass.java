package dev.gabor.nn.plan;

import dev.gabor.backend.Backend;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** What the forward pass of a recording leaves for backward, and where it can be cut. */
final class ForwardPass {
  /** Values smaller than this share of the largest are kept: dropping them gains nothing. */
  private static final int SMALL = 64;

  /** The life of one value; positions count operations. */
  private static final class Life {
    final long bytes;
    final List<Integer> writers = new ArrayList<>();
    int firstRead = Integer.MAX_VALUE;
    int lastForwardRead = -1;
    int lastWrite = -1;
    boolean isReadBackward;

    Life(long bytes) {
      this.bytes = bytes;
    }

    boolean crosses(int cut) {
      return writers.get(0) < cut && Math.max(lastForwardRead, lastWrite) >= cut;
    }
  }

  private final Recording recording;
  private final int length;
  private final Map<Value, Life> lives = new LinkedHashMap<>();
  private final Set<Integer> repeatable = new HashSet<>();

  ForwardPass(Recording recording, Backend backend) {
    this.recording = recording;
    this.length = recording.forwardLength();
    List<Operation> operations = recording.operations();
    for (int i = 0; i < operations.size(); i++) {
      int position = i;
      Operation operation = operations.get(i);
      operation.reads().forEach(read -> read(read, position));
      operation.writes().stream()
          .filter(recording::isInArena)
          .forEach(written -> write(written, position, backend));
    }
    for (int i = 0; i < length; i++) {
      Operation operation = operations.get(i);
      boolean readsWhatChanges =
          operation.reads().stream()
              .map(lives::get)
              .anyMatch(life -> life != null && changes(life));
      if (operation.repeated().isPresent() && !readsWhatChanges) {
        repeatable.add(i);
      }
    }
  }

  private void read(Value value, int position) {
    Life life = lives.get(value);
    if (life != null) {
      life.firstRead = Math.min(life.firstRead, position);
      if (position < length) {
        life.lastForwardRead = position;
      } else {
        life.isReadBackward = true;
      }
    }
  }

  private void write(Value value, int position, Backend backend) {
    Life life = lives.get(value);
    if (life == null) {
      if (position >= length) {
        return;
      }
      life = new Life(backend.sizeBytes(value.shape(), value.layout()));
      lives.put(value, life);
    }
    life.writers.add(position);
    life.lastWrite = position;
  }

  private static boolean changes(Life life) {
    return life.lastWrite >= life.firstRead;
  }

  /** The positions of the operations that write a value of this pass. */
  List<Integer> writers(Value value) {
    return lives.get(value).writers;
  }

  /**
   * Cuts the pass in segments that leave about the same bytes for backward, each where the fewest
   * bytes cross.
   *
   * @param segments about how many
   * @return the positions of the operations that begin all segments but the first
   */
  List<Integer> cuts(int segments) {
    long[] left = new long[length];
    lives.values().stream()
        .filter(life -> life.isReadBackward)
        .forEach(life -> left[life.writers.get(0)] += life.bytes);
    long budget = sum(left, 0, length) / segments;
    List<Integer> cuts = new ArrayList<>();
    int begin = 0;
    for (int i = 0; i < length - 1; i++) {
      if (sum(left, begin, i + 1) > budget) {
        begin = narrowest(begin + 1, i + 1);
        cuts.add(begin);
      }
    }
    return cuts;
  }

  private static long sum(long[] values, int from, int to) {
    long sum = 0;
    for (int i = from; i < to; i++) {
      sum += values[i];
    }
    return sum;
  }

  /** The cut that the fewest bytes cross, the last of equals. */
  private int narrowest(int from, int to) {
    int best = from;
    long fewest = Long.MAX_VALUE;
    for (int cut = from; cut <= to; cut++) {
      long bytes = crossing(cut);
      if (bytes <= fewest) {
        fewest = bytes;
        best = cut;
      }
    }
    return best;
  }

  private long crossing(int cut) {
    return lives.values().stream()
        .filter(life -> life.crosses(cut))
        .mapToLong(life -> life.bytes)
        .sum();
  }

  /** The values that lie within one segment other than the last, and can be computed again. */
  Set<Value> dropped(List<Integer> cuts) {
    long largest = lives.values().stream().mapToLong(life -> life.bytes).max().orElse(0);
    int lastSegment = cuts.get(cuts.size() - 1);
    Predicate<Life> lost =
        life ->
            life.bytes > largest / SMALL
                && life.lastWrite < lastSegment
                && !changes(life)
                && repeatable.containsAll(life.writers)
                && cuts.stream().noneMatch(life::crosses);
    Set<Value> dropped = new HashSet<>();
    lives.forEach(
        (value, life) -> {
          if (lost.test(life)) {
            dropped.add(value);
          }
        });
    recording.outputs().forEach(dropped::remove);
    return dropped;
  }
}
