package dev.gabor.backend.opencl;

import dev.gabor.tensor.Shape;
import java.util.Optional;

/**
 * Work sizes of kernels that lead rows through a pipeline ({@code kernels-cl/softmax_rows.clh}): on
 * CPU drivers a work-group is one work-item, which walks some rows.
 */
record PipelinedRows(int rows, int rowsPerGroup, long keptBytes) {
  /** A pipeline of fewer rows is seldom full. */
  private static final int FEWEST_ROWS = 8;

  private static final int MOST_ROWS = 32;
  private static final int GROUPS_OF_UNIT = 2;

  /** Two rows of at most 8 KB, half of the local memory that every device has. */
  private static final int LONGEST_ROW = 1 << 11;

  /**
   * The sizes for a matrix of rows; empty where the rows are too few, too short for a vector or too
   * long to be kept, or where results are stored past the caches.
   */
  static Optional<PipelinedRows> of(Launcher launcher, Shape matrix) {
    int rows = matrix.length(0);
    int length = matrix.length(1);
    int groups = GROUPS_OF_UNIT * launcher.context().device().computeUnits();
    if (!launcher.isCpu()
        || length < launcher.vectorLength()
        || length > LONGEST_ROW
        || rows < FEWEST_ROWS * groups
        || launcher.streamByMany(matrix) != 0) {
      return Optional.empty();
    }
    long bytes = (long) launcher.vectors(length) * launcher.vectorLength() * Float.BYTES;
    return Optional.of(new PipelinedRows(rows, Math.min(MOST_ROWS, rows / groups), bytes));
  }

  /** The step of a binding whose arguments are complete. */
  Launch launch(Launcher.Binding binding) {
    long groups = (rows + rowsPerGroup - 1L) / rowsPerGroup;
    return binding.overGroups(new long[] {groups}, new long[] {1});
  }
}
