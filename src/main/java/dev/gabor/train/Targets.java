package dev.gabor.train;

import dev.gabor.backend.Loss;
import dev.gabor.data.Batch;
import dev.gabor.tensor.Shape;
import java.util.Arrays;

/**
 * What a loss compares predictions with: class numbers (N), or rows (N,C) that are one-hot, or
 * share out 1 between two classes where samples were mixed. One array, filled again for every
 * batch.
 */
final class Targets {
  private final Shape shape;
  private final float[] values;

  Targets(Loss loss, int batch, int classes) {
    shape = shape(loss, batch, classes);
    values = new float[shape.arrayLength()];
  }

  static Shape shape(Loss loss, int batch, int classes) {
    return loss.takesClasses() ? Shape.of(batch) : Shape.of(batch, classes);
  }

  /** The targets of a batch; valid until the next call. */
  float[] of(Batch batch) {
    int[] labels = batch.labels();
    if (shape.rank() == 1) {
      for (int n = 0; n < labels.length; n++) {
        values[n] = labels[n];
      }
    } else {
      int classes = shape.length(1);
      Arrays.fill(values, 0);
      for (int n = 0; n < labels.length; n++) {
        values[n * classes + labels[n]] = batch.share();
        values[n * classes + batch.partnerLabels()[n]] += 1 - batch.share();
      }
    }
    return values;
  }
}
