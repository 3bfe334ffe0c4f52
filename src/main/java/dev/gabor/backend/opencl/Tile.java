package dev.gabor.backend.opencl;

import dev.gabor.opencl.Device;
import java.util.List;
import java.util.Set;

/**
 * The parameters of {@code kernels-cl/tile.clh}, which explains them: a work-group computes rows ×
 * columns sums, depth terms at a time, each of its work-items itemRows × itemColumns of them.
 *
 * @param rows TILE_M
 * @param columns TILE_N
 * @param depth TILE_L
 * @param itemRows ITEM_M
 * @param itemColumns ITEM_N
 * @param buffers BUFFERS: the steps that are in local memory at a time, 1 or 2
 */
record Tile(int rows, int columns, int depth, int itemRows, int itemColumns, int buffers) {
  /** Every tile that is listed as a build, for the choice below and for a tuner. */
  static final List<Tile> CANDIDATES =
      List.of(
          new Tile(128, 128, 8, 8, 8),
          new Tile(128, 64, 8, 8, 8),
          new Tile(128, 64, 8, 8, 4),
          new Tile(64, 64, 16, 8, 4),
          new Tile(64, 64, 8, 8, 4),
          new Tile(128, 32, 8, 8, 4),
          new Tile(32, 64, 8, 4, 4),
          new Tile(128, 16, 8, 4, 4),
          new Tile(64, 64, 16, 8, 4, 1),
          new Tile(64, 64, 8, 8, 4, 1),
          new Tile(16, 16, 4, 4, 4));

  /** Tiles for which nothing speaks but a measurement. */
  private static final Set<Tile> UNUSUAL =
      Set.of(
          new Tile(64, 64, 16, 8, 4),
          new Tile(64, 64, 16, 8, 4, 1),
          new Tile(64, 64, 8, 8, 4, 1),
          new Tile(16, 16, 4, 4, 4));

  private static final int LARGE_BLOCK = 64;

  /** Floats behind each local row: PAD. */
  private static final int PAD = 4;

  /** A tile of which two steps are in local memory. */
  Tile(int rows, int columns, int depth, int itemRows, int itemColumns) {
    this(rows, columns, depth, itemRows, itemColumns, 2);
  }

  /**
   * The tiles to choose from without a measurement, the one with the most reuse first.
   *
   * @param load floats of one access to global memory: with 1 the addresses take more registers, so
   *     that blocks of 8×8 sums would spill on gfx1100
   */
  static List<Tile> all(int load) {
    return CANDIDATES.stream()
        .filter(tile -> !UNUSUAL.contains(tile))
        .filter(
            tile ->
                tile.rows * tile.columns < 128 * 64
                    || (load == 4) == (tile.itemRows * tile.itemColumns == LARGE_BLOCK))
        .toList();
  }

  /**
   * Reads what {@link #toString} wrote.
   *
   * @throws IllegalArgumentException if it is none of the candidates
   */
  static Tile parse(String text) {
    return CANDIDATES.stream()
        .filter(tile -> tile.toString().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown tile " + text + ", expected one of " + CANDIDATES));
  }

  /** Whether a device has the work-items and the local memory. */
  boolean fits(Device device) {
    return items() <= device.maxWorkGroupSize() && localBytes() <= device.localMemoryBytes();
  }

  /** The work-items of a work-group. */
  int items() {
    return rows / itemRows * (columns / itemColumns);
  }

  /** The local memory of a work-group: the steps of both matrices. */
  int localBytes() {
    return buffers * depth * (rows + PAD + columns + PAD) * Float.BYTES;
  }

  /** The tiles that cover a matrix of sums. */
  long count(long sumRows, long sumColumns) {
    return (sumRows + rows - 1) / rows * ((sumColumns + columns - 1) / columns);
  }

  /** The build options. */
  List<String> options() {
    return List.of(
        "-DTILE_M=" + rows,
        "-DTILE_N=" + columns,
        "-DTILE_L=" + depth,
        "-DITEM_M=" + itemRows,
        "-DITEM_N=" + itemColumns,
        "-DBUFFERS=" + buffers);
  }

  /** For example {@code 64x64x8/8x4}, or {@code 64x64x8/8x4/1} with one step in local memory. */
  @Override
  public String toString() {
    String sizes = rows + "x" + columns + "x" + depth + "/" + itemRows + "x" + itemColumns;
    return buffers == 2 ? sizes : sizes + "/" + buffers;
  }
}
