package dev.gabor.backend.opencl;

import dev.gabor.backend.Convolution;
import java.util.List;

/**
 * F(tile×tile, filter×filter), the sizes for which the kernels of Winograd's minimal filtering have
 * transforms (Lavin and Gray 2015).
 *
 * @param tile rows and columns of a tile of the output
 * @param filter rows and columns of a filter
 */
record WinogradForm(int tile, int filter) {
  /** F(4×4, 3×3). */
  static final WinogradForm LARGE_TILE = new WinogradForm(4, 3);

  /** F(2×2, 3×3). */
  static final WinogradForm SMALL_TILE = new WinogradForm(2, 3);

  /** F(2×2, 5×5), of the points of F(4×4, 3×3). */
  static final WinogradForm LARGE_FILTER = new WinogradForm(2, 5);

  /** Those of 3×3 filters. */
  static final List<WinogradForm> SMALL_FILTERS = List.of(LARGE_TILE, SMALL_TILE);

  /** All of them. */
  static final List<WinogradForm> ALL = List.of(LARGE_TILE, SMALL_TILE, LARGE_FILTER);

  /** What names of algorithms begin with: the tile, and the filter where it is not 3×3. */
  String name() {
    return "winograd" + tile + (filter == 3 ? "" : "_" + filter + "x" + filter);
  }

  /** Rows and columns of the inputs of a tile. */
  int span() {
    return tile + filter - 1;
  }

  /** Products for each tile, channel and filter. */
  int points() {
    return span() * span();
  }

  /** Elements of a filter. */
  int taps() {
    return filter * filter;
  }

  /** Tiles side by side over so many outputs. */
  int tiles(int length) {
    return (length + tile - 1) / tile;
  }

  /** Whether it can do this: its filter, stride 1, dilation 1. */
  boolean fits(Convolution c) {
    return c.r() == filter
        && c.s() == filter
        && c.strideH() == 1
        && c.strideW() == 1
        && c.dilationH() == 1
        && c.dilationW() == 1
        && c.yShape().size() <= Integer.MAX_VALUE;
  }

  String tileOption() {
    return "-DTILE=" + tile;
  }

  String filterOption() {
    return "-DFILTER=" + filter;
  }
}
