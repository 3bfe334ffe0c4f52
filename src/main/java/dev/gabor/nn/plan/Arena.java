package dev.gabor.nn.plan;

import dev.gabor.backend.Backend;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Places the values of a recording in as few bytes as their lifetimes allow: largest block first,
 * each at the lowest offset where no block living at the same time lies (greedy by size, Pisarchyk
 * and Lee 2020, "Efficient memory management for deep neural net inference"). Pieces stay within
 * the largest allocation of the device.
 */
public final class Arena {
  /** Where a value lies. */
  record Place(int piece, long offsetBytes) {}

  private record Placed(Lifetimes.Block block, int piece, long from, long to) {}

  private final Map<Value, Place> places = new HashMap<>();
  private final List<Long> pieceBytes = new ArrayList<>();
  private final long unsharedBytes;

  /** Places all arena values of a recording. */
  public Arena(Recording recording, Backend backend) {
    this(recording, backend, backend.maxAllocationBytes());
  }

  /** As above, with pieces of at most this many bytes. */
  Arena(Recording recording, Backend backend, long pieceLimitBytes) {
    List<Lifetimes.Block> blocks = new ArrayList<>(new Lifetimes(recording).blocks());
    blocks.sort(Comparator.comparingLong((Lifetimes.Block block) -> -bytes(block, backend)));
    List<Placed> placed = new ArrayList<>();
    long unshared = 0;
    for (Lifetimes.Block block : blocks) {
      long size = bytes(block, backend);
      unshared += size * block.values.size();
      place(block, size, pieceLimitBytes, placed);
    }
    unsharedBytes = unshared;
  }

  /** The bytes of all pieces together. */
  public long sizeBytes() {
    return pieceBytes.stream().mapToLong(Long::longValue).sum();
  }

  /** What the values would take if each had bytes of its own. */
  public long unsharedBytes() {
    return unsharedBytes;
  }

  List<Long> pieceBytes() {
    return pieceBytes;
  }

  Place placeOf(Value value) {
    return places.get(value);
  }

  private static long bytes(Lifetimes.Block block, Backend backend) {
    Value any = block.values.get(0);
    long size = backend.sizeBytes(any.shape(), any.layout());
    long alignment = backend.alignmentBytes();
    return (size + alignment - 1) / alignment * alignment;
  }

  private void place(Lifetimes.Block block, long size, long limit, List<Placed> placed) {
    if (size > limit) {
      throw new IllegalArgumentException(
          block.values.get(0)
              + " needs "
              + size
              + " bytes, the device allocates at most "
              + limit
              + " in one piece");
    }
    int piece = 0;
    long offset = lowestOffset(block, size, piece, placed);
    while (offset + size > limit) {
      piece++;
      offset = lowestOffset(block, size, piece, placed);
    }
    if (piece == pieceBytes.size()) {
      pieceBytes.add(0L);
    }
    pieceBytes.set(piece, Math.max(pieceBytes.get(piece), offset + size));
    placed.add(new Placed(block, piece, offset, offset + size));
    for (Value value : block.values) {
      places.put(value, new Place(piece, offset));
    }
  }

  private static long lowestOffset(
      Lifetimes.Block block, long size, int piece, List<Placed> placed) {
    List<Placed> neighbours =
        placed.stream()
            .filter(other -> other.piece() == piece && other.block().overlaps(block))
            .sorted(Comparator.comparingLong(Placed::from))
            .toList();
    long offset = 0;
    for (Placed neighbour : neighbours) {
      if (offset + size <= neighbour.from()) {
        return offset;
      }
      offset = Math.max(offset, neighbour.to());
    }
    return offset;
  }
}
