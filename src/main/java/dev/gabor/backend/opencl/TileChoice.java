package dev.gabor.backend.opencl;

import java.util.Comparator;
import java.util.List;

/**
 * Chooses a tile and the parts of a sum from sizes alone, before anything was measured.
 *
 * @param tiles those that the device can run
 * @param computeUnits of the device
 * @param weights by which they are compared
 */
record TileChoice(List<Tile> tiles, int computeUnits, TileWeights weights) {
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
    long useful = Math.max(1, terms / weights.shortestPart());
    return (int)
        Math.max(1, Math.min(Math.min(wanted, useful), Math.min(most, weights.mostParts())));
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
    return (long) computeUnits * weights.groupsPerUnit();
  }

  private long rounds(long groups) {
    return (groups + slots() - 1) / slots();
  }

  private double cost(Tile tile) {
    double sums = (double) tile.rows() * tile.columns();
    double reuse = sums / (tile.rows() + tile.columns());
    return sums * (1 + weights.halfReuse() / reuse);
  }
}
