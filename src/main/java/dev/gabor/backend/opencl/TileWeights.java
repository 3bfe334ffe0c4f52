package dev.gabor.backend.opencl;

import java.util.Map;

/**
 * The numbers by which {@link TileChoice} weighs tiles and parts.
 *
 * @param groupsPerUnit work-groups that a compute unit should have, so that one computes while
 *     others wait
 * @param shortestPart a part of a sum shorter than this spends its time in beginning and ending
 * @param mostParts parts beyond this cost more to add than they gain
 * @param halfReuse reuse (sums per loaded row or column element) at which a tile is half limited by
 *     its loads
 */
record TileWeights(int groupsPerUnit, int shortestPart, int mostParts, double halfReuse) {
  /** Estimates: no GPU has been measured. */
  static final TileWeights ESTIMATED = new TileWeights(2, 128, 64, 12);

  /** Those that ship for a class of devices; estimates where a number is not given. */
  static TileWeights of(Map<String, Double> numbers) {
    return new TileWeights(
        numbers.getOrDefault("groups_per_unit", (double) ESTIMATED.groupsPerUnit).intValue(),
        numbers.getOrDefault("shortest_part", (double) ESTIMATED.shortestPart).intValue(),
        numbers.getOrDefault("most_parts", (double) ESTIMATED.mostParts).intValue(),
        numbers.getOrDefault("half_reuse", ESTIMATED.halfReuse));
  }
}
