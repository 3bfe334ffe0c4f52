package dev.gabor.backend.opencl;

/**
 * How the rows of a matrix (rows, channels) are dealt to work-items: each has one lane of rows and
 * some vectors of channels. CPU lanes are consecutive rows, swept once for each block of vectors;
 * GPU lanes are interleaved, so that neighbouring work-items read neighbouring bytes. Where
 * channels are few and whole vectors, a CPU counts several rows side by side as one, so that a row
 * fills the blocks of a kernel.
 *
 * @param rows the rows as dealt: all rows of the matrix divided by those that count as one
 * @param columns the elements of such a row: a whole number of times the channels
 * @param vector the channels of one load
 * @param vectorItems the work-items along the channels
 * @param lanes the parts of the rows; none is empty
 * @param laneStride rows from the first row of a lane to that of the next
 * @param rowStep rows from one row of a lane to its next
 * @param rowsPerLane the most rows that a lane has
 */
record RowLanes(
    int rows,
    int columns,
    int vector,
    int vectorItems,
    int lanes,
    int laneStride,
    int rowStep,
    int rowsPerLane) {
  /** Channels of a load on a CPU. */
  static final int CPU_VECTOR = 16;

  /** Channels of a row that a work-item takes at a time on a CPU, as in the kernel file. */
  private static final int CPU_BLOCK = 4 * CPU_VECTOR;

  private static final int CPU_LANE_ELEMENTS = 1 << 16;

  /** Loops of a work-item must be short enough for llvmpipe, however few channels there are. */
  private static final int CPU_MOST_ROWS = 1 << 12;

  private static final int CPU_ITEMS_PER_UNIT = 4;
  private static final int GPU_VECTOR = 4;
  private static final int GPU_ITEMS = 1 << 16;
  private static final int GPU_MAX_PARTIALS = 2048;
  private static final int GPU_GROUP = 128;
  private static final int GPU_ROWS_AN_ELEMENT_ITEM = 4;

  /** Rows that a lane has at least where it writes a partial result. */
  private static final int ROWS_WORTH_A_PARTIAL = 8;

  /** The deal for a CPU. */
  static RowLanes consecutive(int computeUnits, int matrixRows, int channels) {
    int beside = rowsBeside(matrixRows, channels);
    return consecutiveWindows(computeUnits, matrixRows / beside, channels * beside, 1);
  }

  /** The deal for a CPU of a matrix whose rows are windows of so many pixels each. */
  static RowLanes consecutiveWindows(int computeUnits, int rows, int columns, int pixels) {
    int most = Math.min(rows, CPU_MOST_ROWS / pixels);
    int perLane =
        Math.min(most, Math.max(ROWS_WORTH_A_PARTIAL, CPU_LANE_ELEMENTS / pixels / columns));
    int fewest = ceil(rows, perLane);
    int even = fewest > computeUnits ? ceil(fewest, computeUnits) * computeUnits : fewest;
    int alike = ceil(rows, even);
    int lanes = ceil(rows, alike);
    int wanted = ceil(CPU_ITEMS_PER_UNIT * computeUnits, lanes);
    int vectorItems = Math.min(ceil(columns, CPU_BLOCK), wanted);
    return new RowLanes(rows, columns, CPU_VECTOR, vectorItems, lanes, alike, 1, alike);
  }

  /** The rows that count as one: so many that their vectors fill blocks, if the matrix has them. */
  private static int rowsBeside(int rows, int channels) {
    if (channels % CPU_VECTOR != 0) {
      return 1;
    }
    int beside = 1;
    while (beside * channels % CPU_BLOCK != 0) {
      beside *= 2;
    }
    return rows % beside == 0 ? beside : 1;
  }

  /** The deal for a GPU's reductions: each lane ends in one partial result a channel. */
  static RowLanes interleavedSums(int rows, int channels) {
    int enough = Math.min(GPU_MAX_PARTIALS, ceil(GPU_ITEMS, ceil(channels, GPU_VECTOR)));
    return interleaved(rows, channels, Math.min(enough, ceil(rows, ROWS_WORTH_A_PARTIAL)));
  }

  /** The deal for a GPU's passes that compute each element by itself. */
  static RowLanes interleavedElements(int rows, int channels) {
    return interleaved(rows, channels, ceil(rows, GPU_ROWS_AN_ELEMENT_ITEM));
  }

  /** The build option that the kernels need. */
  String option() {
    return "-DVECTOR=" + vector;
  }

  /** Work-groups along vectors and lanes. */
  long[] groups() {
    long[] local = local();
    return new long[] {(vectorItems + local[0] - 1) / local[0], (lanes + local[1] - 1) / local[1]};
  }

  /** Work-items of a group along vectors and lanes. */
  long[] local() {
    if (vector == CPU_VECTOR) {
      return new long[] {1, 1};
    }
    int wide = Math.min(GPU_GROUP, Integer.highestOneBit(Math.max(1, 2 * vectorItems - 1)));
    return new long[] {wide, GPU_GROUP / wide};
  }

  private static RowLanes interleaved(int rows, int channels, int lanes) {
    int vectorItems = ceil(channels, GPU_VECTOR);
    return new RowLanes(
        rows, channels, GPU_VECTOR, vectorItems, lanes, 1, lanes, ceil(rows, lanes));
  }

  private static int ceil(int count, int part) {
    return (count - 1) / part + 1;
  }
}
