package dev.gabor.backend.opencl;

import java.util.Comparator;
import java.util.List;

/**
 * Chooses a tile and the parts of a sum from sizes alone, before anything was measured.
 *
 * @param tiles those that the device can run
 * @param computeUnits of the device
 */
record TileChoice(List<Tile> tiles, int computeUnits) {
  /** Work-groups that a compute unit should have, so that one computes while others wait. */
  private static final int GROUPS_PER_UNIT = 2;

  /** A part of a sum shorter than this spends its time in beginning and ending. */
  private static final int SHORTEST_PART = 128;

  /** Parts beyond this cost more to add than they gain. */
  private static final int MOST_PARTS = 64;

  /** Reuse (sums per loaded row or column element) at which a tile is half limited by its loads. */
  private static final double HALF_REUSE = 12;

  /** The tile for so many matrices of sums, none of which can be split along its terms. */
  Tile whole(long rows, long columns, long matrices) {
    return best(tile -> rounds(tile.count(rows, columns) * matrices) * slots() * cost(tile));
  }

  /** The tile for matrices of sums that can be split into parts, so that all units have work. */
  Tile split(long rows, long columns) {
    return best(tile -> tile.count(rows, columns) * cost(tile));
  }

  /**
   * The parts of sums of so many terms.
   *
   * @param groups the work-groups of one part
   * @param most the parts that the workspace allows
   */
  int parts(long groups, long terms, long most) {
    long wanted = (slots() + groups - 1) / groups;
    long useful = Math.max(1, terms / SHORTEST_PART);
    return (int) Math.max(1, Math.min(Math.min(wanted, useful), Math.min(most, MOST_PARTS)));
  }

  private interface Estimate {
    double of(Tile tile);
  }

  private Tile best(Estimate estimate) {
    return tiles.stream()
        .min(Comparator.comparingDouble(estimate::of))
        .orElseThrow(() -> new IllegalStateException("no tile fits this device"));
  }

  private long slots() {
    return (long) computeUnits * GROUPS_PER_UNIT;
  }

  private long rounds(long groups) {
    return (groups + slots() - 1) / slots();
  }

  private static double cost(Tile tile) {
    double sums = (double) tile.rows() * tile.columns();
    double reuse = sums / (tile.rows() + tile.columns());
    return sums * (1 + HALF_REUSE / reuse);
  }
}
