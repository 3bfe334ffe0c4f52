package dev.gabor.backend.opencl;

/**
 * Work sizes of kernels with one work-group a row: on CPU drivers one work-item walks the row, if
 * it is no longer than some drivers let an item loop; on others as many items as it has use for.
 */
record RowGroups(int rows, int items) {
  private static final int MOST_ITEMS = 256;

  /** Longer rows are shared on CPU drivers, too. */
  private static final int LONGEST_ROW_OF_AN_ITEM = 1 << 13;

  /** Rows of at most 16 KB, half of the local memory that every device has. */
  private static final int LONGEST_KEPT_ROW = 1 << 12;

  /** Whether kernels may keep a row of so many elements in local memory. */
  static boolean keeps(int elements) {
    return elements <= LONGEST_KEPT_ROW;
  }

  /** Local memory of such a row: it may lie across one vector more than it fills. */
  static long keptBytes(Launcher launcher, int elements) {
    return (launcher.vectors(elements) + 1L) * launcher.vectorLength() * Float.BYTES;
  }

  /** The sizes for a kernel that walks rows of a length. */
  static RowGroups of(Launcher launcher, Launcher.Binding binding, int rows, int length) {
    if (launcher.isCpu() && length <= LONGEST_ROW_OF_AN_ITEM) {
      return new RowGroups(rows, 1);
    }
    int limit = Math.min(MOST_ITEMS, binding.kernel().maxWorkGroupSize());
    int items = 1;
    while (items < length && items * 2 <= limit) {
      items *= 2;
    }
    return new RowGroups(rows, items);
  }

  /** Local memory of one float a work-item. */
  long sharedBytes() {
    return (long) items * Float.BYTES;
  }

  /** The step of a binding whose arguments are complete. */
  Launch launch(Launcher.Binding binding) {
    return binding.overGroups(new long[] {rows}, new long[] {items});
  }
}
