package dev.gabor.backend.opencl;

import dev.gabor.backend.Convolution;
import java.util.Optional;

/**
 * How {@link RowsConvolution} cuts a problem: the register block, and what follows from it.
 *
 * @param block one that divides the filters of a group, or that takes all filters of the only group
 */
record RowsCut(Convolution problem, RegisterBlock block) {
  /** What the copied input rows may take: with the weights of a block, a first-level cache. */
  private static final int LINES_LIMIT_BYTES = 24 << 10;

  /** Blocks of pixels that a work-item of a 1×1 filter computes, most. */
  private static final int BLOCKS_PER_RUN = 16;

  /** Work-items of a 1×1 filter, least, so that the cores end together. */
  static final int LEAST_RUNS = 64;

  /** What a build of the kernels is for. */
  enum Form {
    ROWS,
    PARTIAL,
    POINTWISE;

    String pointwise() {
      return "-DPOINTWISE=" + (this == POINTWISE ? 1 : 0);
    }

    String partial() {
      return "-DPARTIAL=" + (this == PARTIAL ? 1 : 0);
    }
  }

  /** The cut of a problem for vectors of so many floats; none if the algorithm cannot do it. */
  static Optional<RowsCut> of(Convolution c, int vectorLength) {
    Optional<RegisterBlock> whole = RegisterBlock.dividing(c.groupFilters(), vectorLength);
    RegisterBlock padded = RegisterBlock.choose(c.k(), vectorLength);
    boolean takesAll = c.groups() == 1 && !isPointwise(c) && padded.blocks(c.k()) == 1;
    return whole
        .or(() -> Optional.of(padded).filter(block -> takesAll))
        .map(block -> new RowsCut(c, block))
        .filter(cut -> isPointwise(c) || cut.localBytes() <= LINES_LIMIT_BYTES);
  }

  /** Whether the filter is 1×1 and sees every pixel, without borders. */
  static boolean isPointwise(Convolution c) {
    return c.groups() == 1
        && c.r() == 1
        && c.s() == 1
        && c.strideH() == 1
        && c.strideW() == 1
        && c.padH() == 0
        && c.padW() == 0;
  }

  static int pixels(Convolution c) {
    return c.n() * c.h() * c.w();
  }

  Form form() {
    return isPointwise(problem) ? Form.POINTWISE : isPartial() ? Form.PARTIAL : Form.ROWS;
  }

  /** Whether the filters do not fill the block, so that weights are padded. */
  boolean isPartial() {
    return block.padded(problem.groupFilters()) != problem.groupFilters();
  }

  /** Elements of a row of weights as the kernels read it. */
  int weightRow() {
    return isPartial() ? block.padded(problem.k()) : problem.k();
  }

  /** Rows of weights. */
  int weightRows() {
    return problem.r() * problem.s() * problem.groupChannels();
  }

  /** Of the weights, padded where they must be. */
  long weightBytes() {
    return (long) weightRows() * weightRow() * Float.BYTES;
  }

  /** The input rows that an output row sees, and where filters are partial an output row. */
  long localBytes() {
    Convolution c = problem;
    long columns = (c.q() - 1L) * c.strideW() + (c.s() - 1L) * c.dilationW() + 1;
    long row = isPartial() ? (long) c.q() * c.k() + block.padded(c.k()) : 0;
    return (c.r() * columns * c.c() + row) * Float.BYTES;
  }

  /** The pixels of a work-item of a 1×1 filter. */
  int run() {
    int blocks = (pixels(problem) + block.pixels() - 1) / block.pixels();
    return Math.max(1, Math.min(BLOCKS_PER_RUN, blocks / LEAST_RUNS)) * block.pixels();
  }

  /** Loop iterations of a work-item, as if no loop were unrolled. */
  long iterations() {
    Convolution c = problem;
    long strips = (long) c.groups() * block.blocks(c.groupFilters());
    long product = block.iterations();
    if (isPointwise(c)) {
      return strips * (run() / block.pixels()) * (c.c() + 3L) * product;
    }
    long blocks = ((long) c.q() + block.pixels() - 1) / block.pixels();
    long lines = localBytes() / Float.BYTES + 3L * c.r();
    long sums = c.r() * (c.s() * (product * c.groupChannels() + 1) + block.pixels() + 2);
    return lines + strips * blocks * (sums + 3 * product);
  }
}
