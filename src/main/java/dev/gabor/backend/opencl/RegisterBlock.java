package dev.gabor.backend.opencl;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The accumulators of one work-item of a blocked convolution: pixels × vectors of filters.
 *
 * @param pixels output pixels
 * @param vectors vectors of filters
 * @param vectorLength floats in a vector
 */
record RegisterBlock(int pixels, int vectors, int vectorLength) {
  /**
   * Pixels for 1 to 4 vectors that fill 32 registers of 16 floats: pixels · vectors + vectors + 1
   * of them.
   */
  private static final int[] WIDE = {14, 14, 8, 6};

  /** Pixels for 1 and 2 vectors that fill 16 registers. */
  private static final int[] NARROW = {12, 6};

  /**
   * The block that wastes least: padding of the filters to whole blocks, and loads that small
   * blocks repeat.
   *
   * @param filters the filters of one group
   * @param vectorLength floats in a vector of the device
   */
  static RegisterBlock choose(int filters, int vectorLength) {
    List<RegisterBlock> blocks = all(vectorLength);
    RegisterBlock best = blocks.get(0);
    for (RegisterBlock candidate : blocks) {
      if (candidate.cost(filters) <= best.cost(filters)) {
        best = candidate;
      }
    }
    return best;
  }

  /** The blocks for a vector length, the one of the fewest vectors first. */
  static List<RegisterBlock> all(int vectorLength) {
    int[] pixels = vectorLength == 16 ? WIDE : NARROW;
    List<RegisterBlock> blocks = new ArrayList<>();
    for (int vectors = 1; vectors <= pixels.length; vectors++) {
      blocks.add(new RegisterBlock(pixels[vectors - 1], vectors, vectorLength));
    }
    return blocks;
  }

  /** The block of most vectors that divides the filters, if any does. */
  static Optional<RegisterBlock> dividing(int filters, int vectorLength) {
    return all(vectorLength).stream()
        .filter(block -> block.padded(filters) == filters)
        .reduce((fewer, more) -> more);
  }

  /** The name of its parameters, for example {@code 6x4}. */
  String title() {
    return pixels + "x" + vectors;
  }

  /**
   * Reads what {@link #title} wrote.
   *
   * @throws IllegalArgumentException if there is no such block for the vector length
   */
  static RegisterBlock parse(String text, int vectorLength) {
    return all(vectorLength).stream()
        .filter(block -> block.title().equals(text))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("unknown register block " + text));
  }

  /**
   * Time per pixel up to a factor: filters computed, times 1 + the share of loads that one register
   * block needs.
   */
  private double cost(int filters) {
    return padded(filters) * (1 + 0.35 * (pixels + vectors) / (pixels * vectors));
  }

  /** The blocks that cover so many filters. */
  int blocks(int filters) {
    return (filters + vectors * vectorLength - 1) / (vectors * vectorLength);
  }

  /** The filters of whole blocks. */
  int padded(int filters) {
    return blocks(filters) * vectors * vectorLength;
  }

  /**
   * The loop iterations of one product of all accumulators, as if no loop were unrolled, the last
   * test of each loop being one.
   */
  int iterations() {
    return iterations(pixels);
  }

  /** The same with so many rows of accumulators. */
  int iterations(int rows) {
    return 1 + (vectors + 1) + (rows + 1) + rows * (vectors + 1);
  }

  String pixelsOption() {
    return "-DPIXELS=" + pixels;
  }

  String vectorsOption() {
    return "-DVECTORS=" + vectors;
  }
}
