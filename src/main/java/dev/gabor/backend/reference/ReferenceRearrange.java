package dev.gabor.backend.reference;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Padding;
import dev.gabor.backend.RearrangeOps;
import dev.gabor.backend.Step;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/** Rearranging; elements already lie in canonical order, so flattening is a copy. */
final class ReferenceRearrange extends RearrangeOps {
  @Override
  protected Step bindCopyChannels(
      DeviceTensor from, int firstOfX, DeviceTensor to, int firstOfY, int channels) {
    ReferenceTensor x = ReferenceTensor.of(from);
    ReferenceTensor y = ReferenceTensor.of(to);
    int n = x.shape().length(0);
    int imageOfX = x.size / n;
    int imageOfY = y.size / n;
    int plane = imageOfX / x.shape().length(1);
    return () ->
        Parallel.forEach(
            n,
            image ->
                System.arraycopy(
                    x.data,
                    x.offset + image * imageOfX + firstOfX * plane,
                    y.data,
                    y.offset + image * imageOfY + firstOfY * plane,
                    channels * plane));
  }

  @Override
  protected Step bindFlatten(DeviceTensor x, DeviceTensor y) {
    return copy(ReferenceTensor.of(x), ReferenceTensor.of(y));
  }

  @Override
  protected Step bindUnflatten(DeviceTensor y, DeviceTensor x) {
    return copy(ReferenceTensor.of(y), ReferenceTensor.of(x));
  }

  @Override
  protected Step bindPad(Padding padding, DeviceTensor input, DeviceTensor output) {
    ReferenceTensor x = ReferenceTensor.of(input);
    ReferenceTensor y = ReferenceTensor.of(output);
    return everyRow(
        padding,
        x,
        y,
        (rowOfX, rowOfY, sources) -> {
          for (int column = 0; column < sources.length; column++) {
            boolean border = rowOfX < 0 || sources[column] < 0;
            y.data[rowOfY + column] = border ? padding.value() : x.data[rowOfX + sources[column]];
          }
        });
  }

  @Override
  protected Step bindPadBackward(Padding padding, DeviceTensor dOutput, DeviceTensor dInput) {
    ReferenceTensor dy = ReferenceTensor.of(dOutput);
    ReferenceTensor dx = ReferenceTensor.of(dInput);
    Step add =
        everyRow(
            padding,
            dx,
            dy,
            (rowOfX, rowOfY, sources) -> {
              for (int column = 0; column < sources.length; column++) {
                if (rowOfX >= 0 && sources[column] >= 0) {
                  dx.data[rowOfX + sources[column]] += dy.data[rowOfY + column];
                }
              }
            });
    return () -> {
      Arrays.fill(dx.data, dx.offset, dx.offset + dx.size, 0);
      add.run();
    };
  }

  /** What is done for a row of the padded image. */
  private interface Row {
    /**
     * Works on one row.
     *
     * @param rowOfX where the row that it shows begins in x, below 0 for a constant border
     * @param rowOfY where it begins in y
     * @param sources the column of x that each of its columns shows, below 0 for a constant border
     */
    void run(int rowOfX, int rowOfY, int[] sources);
  }

  private static Step everyRow(Padding padding, ReferenceTensor x, ReferenceTensor y, Row body) {
    int h = x.shape().length(2);
    int w = x.shape().length(3);
    int[] rows = sources(padding.mode(), h, padding.top(), y.shape().length(2));
    int[] columns = sources(padding.mode(), w, padding.left(), y.shape().length(3));
    return () ->
        Parallel.forEach(
            x.shape().length(0) * x.shape().length(1),
            plane -> {
              for (int row = 0; row < rows.length; row++) {
                int rowOfX = rows[row] < 0 ? -1 : x.offset + (plane * h + rows[row]) * w;
                int rowOfY = y.offset + (plane * rows.length + row) * columns.length;
                body.run(rowOfX, rowOfY, columns);
              }
            });
  }

  private static int[] sources(Padding.Mode mode, int length, int before, int padded) {
    int last = length - 1;
    IntUnaryOperator source =
        switch (mode) {
          case CONSTANT -> i -> i < 0 || i > last ? -1 : i;
          case REPLICATE -> i -> Math.min(Math.max(i, 0), last);
          case REFLECT -> i -> last - Math.abs(last - Math.abs(i));
        };
    int[] sources = new int[padded];
    Arrays.setAll(sources, i -> source.applyAsInt(i - before));
    return sources;
  }

  private static Step copy(ReferenceTensor from, ReferenceTensor to) {
    return () -> System.arraycopy(from.data, from.offset, to.data, to.offset, from.size);
  }
}
