package dev.gabor.nn.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * From when to when every arena value lives, in positions of the recorded operations. Values that
 * may share bytes (an operation in place) become one block.
 */
final class Lifetimes {
  /** Bytes that live from one operation to another, both included. */
  static final class Block {
    final List<Value> values = new ArrayList<>();
    final int first;
    int last;

    Block(int first) {
      this.first = first;
      this.last = first;
    }

    boolean overlaps(Block other) {
      return first <= other.last && other.first <= last;
    }
  }

  private final Map<Value, Block> blockOf = new LinkedHashMap<>();
  private final List<Block> blocks = new ArrayList<>();

  Lifetimes(Recording recording) {
    List<Operation> operations = recording.operations();
    Map<Value, Integer> lastUse = lastUses(recording);
    recording.inputs().forEach(input -> open(input, 0, lastUse));
    for (int i = 0; i < operations.size(); i++) {
      Operation operation = operations.get(i);
      for (Value written : operation.writes()) {
        if (recording.isInArena(written) && !blockOf.containsKey(written)) {
          if (!joinInput(operation, written, i, lastUse)) {
            open(written, i, lastUse);
          }
        }
      }
      for (Value read : operation.reads()) {
        if (recording.isInArena(read) && !blockOf.containsKey(read)) {
          throw new IllegalStateException(
              operation.layer() + ", " + operation.name() + " reads " + read + " unwritten");
        }
      }
    }
  }

  List<Block> blocks() {
    return blocks;
  }

  private static Map<Value, Integer> lastUses(Recording recording) {
    Map<Value, Integer> lastUse = new LinkedHashMap<>();
    List<Operation> operations = recording.operations();
    for (int i = 0; i < operations.size(); i++) {
      int position = i;
      operations.get(i).reads().forEach(value -> lastUse.put(value, position));
      operations.get(i).writes().forEach(value -> lastUse.put(value, position));
    }
    recording.outputs().forEach(output -> lastUse.put(output, operations.size()));
    return lastUse;
  }

  private void open(Value value, int position, Map<Value, Integer> lastUse) {
    Block block = new Block(position);
    blocks.add(block);
    join(value, block, lastUse);
  }

  private void join(Value value, Block block, Map<Value, Integer> lastUse) {
    block.values.add(value);
    block.last = Math.max(block.last, lastUse.getOrDefault(value, block.last));
    blockOf.put(value, block);
  }

  private boolean joinInput(
      Operation operation, Value written, int position, Map<Value, Integer> lastUse) {
    if (!operation.inPlace() || !operation.writes().get(0).equals(written)) {
      return false;
    }
    Value read = operation.reads().get(0);
    Block block = blockOf.get(read);
    boolean fits =
        block != null
            && block.last == position
            && read.layout() == written.layout()
            && read.shape().equals(written.shape());
    if (fits) {
      join(written, block, lastUse);
    }
    return fits;
  }
}
