package dev.gabor.backend.reference;

import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Loops over independent parts on all cores. No part writes what another reads, so the order never
 * shows.
 */
final class Parallel {
  private static final int ELEMENTS_WORTH_A_TASK = 1 << 14;

  private Parallel() {}

  /** A loop body over the elements from (inclusive) to (exclusive). */
  interface Range {
    void run(int from, int to);
  }

  /** Runs the body for every index, for parts of real work: an image, a channel. */
  static void forEach(int count, IntConsumer body) {
    if (count == 1) {
      body.accept(0);
    } else {
      IntStream.range(0, count).parallel().forEach(body);
    }
  }

  /** Runs the body over ranges that cover 0 to count, for work of a few instructions an element. */
  static void ranges(int count, Range body) {
    int parts = Math.max(1, count / ELEMENTS_WORTH_A_TASK);
    forEach(
        parts,
        part ->
            body.run(
                (int) ((long) count * part / parts), (int) ((long) count * (part + 1) / parts)));
  }
}
