package dev.gabor.train;

import dev.gabor.backend.Backend;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Memory;
import dev.gabor.nn.ParameterStore;
import dev.gabor.tensor.Shape;

/**
 * The loss and the number of correct answers of the last steps, kept on the device so that the host
 * need not wait for every step. Row {@code step mod SLOTS} is (mean loss, correct).
 */
final class LossHistory implements AutoCloseable {
  /** The sums over some steps that have not been reported. */
  record Sums(int steps, double loss, double correct) {}

  static final int SLOTS = 64;
  private static final int COLUMNS = 2;

  private final Backend backend;
  private final Memory memory;
  private final DeviceTensor tensor;
  private final float[] rows = new float[SLOTS * COLUMNS];
  private int read;
  private int countedFrom;
  private double lossSum;
  private double correctSum;
  private double lastFinite = Double.NaN;

  LossHistory(ParameterStore parameters) {
    backend = parameters.backend();
    Shape shape = Shape.of(SLOTS, COLUMNS);
    memory = parameters.allocate(backend.sizeBytes(shape, Layout.PLAIN));
    tensor = memory.tensor(0, shape, Layout.PLAIN);
  }

  DeviceTensor tensor() {
    return tensor;
  }

  long sizeBytes() {
    return memory.sizeBytes();
  }

  /**
   * Whether it is time to read: before a row is overwritten, and after 1, 2, 4, 8… steps, because a
   * run that diverges mostly does so at its beginning.
   */
  boolean isDue(int step) {
    return step - read == SLOTS || (step < SLOTS && Integer.bitCount(step) == 1);
  }

  /**
   * Reads the rows up to a step, and waits for it.
   *
   * @return the first step whose loss is not finite, or 0
   */
  int readTo(int step) {
    if (step > read) {
      backend.read(tensor, rows);
    }
    while (read < step) {
      int row = (read + 1) % SLOTS * COLUMNS;
      if (!Float.isFinite(rows[row])) {
        return read + 1;
      }
      read++;
      lastFinite = rows[row];
      lossSum += rows[row];
      correctSum += rows[row + 1];
    }
    return 0;
  }

  /** The loss of the last step read. */
  double last() {
    return lastFinite;
  }

  /** What has been read since the last call. */
  TrainingSession.Totals take(int batch) {
    int steps = read - countedFrom;
    TrainingSession.Totals totals =
        new TrainingSession.Totals(steps, lossSum / steps, correctSum / steps / batch);
    countedFrom = read;
    lossSum = 0;
    correctSum = 0;
    return totals;
  }

  /** What has been read and not been taken. */
  Sums sums() {
    return new Sums(read - countedFrom, lossSum, correctSum);
  }

  /** Goes on behind a step, as a checkpoint says. */
  void moveTo(int step, Sums sums) {
    read = step;
    countedFrom = step - sums.steps();
    lossSum = sums.loss();
    correctSum = sums.correct();
  }

  @Override
  public void close() {
    memory.close();
  }
}
