package dev.gabor.backend.opencl;

/** The sizes of one launch of the correlation in {@code kernels-cl/convolution_blocked.cl}. */
final class Correlation {
  private final int n;
  private final int groups;
  private final int channels;
  private final int filters;
  private final int xRows;
  private final int xColumns;
  private final int yRows;
  private final int yColumns;
  private Taps rows;
  private Taps columns;

  /**
   * From images of xRows × xColumns with so many channels a group, to images of yRows × yColumns
   * with so many filters.
   */
  Correlation(
      int n,
      int groups,
      int channels,
      int filters,
      int xRows,
      int xColumns,
      int yRows,
      int yColumns) {
    this.n = n;
    this.groups = groups;
    this.channels = channels;
    this.filters = filters;
    this.xRows = xRows;
    this.xColumns = xColumns;
    this.yRows = yRows;
    this.yColumns = yColumns;
  }

  Correlation rows(Taps axis) {
    rows = axis;
    return this;
  }

  Correlation columns(Taps axis) {
    columns = axis;
    return this;
  }

  int groups() {
    return groups;
  }

  int channels() {
    return channels;
  }

  int filters() {
    return filters;
  }

  /** Output pixels of the launch. */
  int pixels() {
    return n * rows.count() * columns.count();
  }

  /** The kernel's arguments from N to stepS. */
  int[] sizes() {
    return new int[] {
      n,
      groups,
      channels,
      filters,
      rows.count(),
      columns.count(),
      xRows,
      xColumns,
      rows.inputStep(),
      columns.inputStep(),
      rows.inputStart(),
      columns.inputStart(),
      yRows,
      yColumns,
      rows.step(),
      columns.step(),
      rows.start(),
      columns.start(),
      rows.taps(),
      columns.taps(),
      rows.inputTap(),
      columns.inputTap(),
      rows.first(),
      columns.first(),
      rows.filterStep(),
      columns.filterStep()
    };
  }
}
