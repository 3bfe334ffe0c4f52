package dev.gabor.backend.reference;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Pool;
import dev.gabor.backend.PoolOps;
import dev.gabor.backend.PoolWindow;
import dev.gabor.backend.Step;
import java.util.Arrays;

/**
 * Pooling, parallel over the N·C planes. Backward adds to a cleared dx in the order of the windows,
 * which for each pixel is the order of the contract. The reserve is one float for each output.
 */
final class ReferencePool extends PoolOps {
  /** A float tells whole numbers apart up to 2^24, far beyond the positions of a window. */
  @Override
  protected long maxReserveBytes(Pool pool) {
    return pool.outputShape().size() * Float.BYTES;
  }

  @Override
  protected Step bindMaxForward(
      Pool pool, DeviceTensor input, DeviceTensor output, DeviceTensor reserve) {
    ReferenceTensor x = ReferenceTensor.of(input);
    ReferenceTensor y = ReferenceTensor.of(output);
    if (!reserve.isPresent()) {
      return everyWindow(
          pool,
          (in, out, window) -> y.data[y.offset + out] = x.data[x.offset + largest(window, x, in)]);
    }
    ReferenceTensor positions = ReferenceTensor.of(reserve);
    return everyWindow(
        pool,
        (in, out, window) -> {
          int place = largest(window, x, in);
          y.data[y.offset + out] = x.data[x.offset + place];
          positions.data[positions.offset + out] = window.position(place - in);
        });
  }

  @Override
  protected Step bindMaxBackward(
      Pool pool, DeviceTensor dOutput, DeviceTensor reserve, DeviceTensor dInput) {
    ReferenceTensor dy = ReferenceTensor.of(dOutput);
    ReferenceTensor dx = ReferenceTensor.of(dInput);
    ReferenceTensor positions = ReferenceTensor.of(reserve);
    Step add =
        everyWindow(
            pool,
            (in, out, window) -> {
              int position = (int) positions.data[positions.offset + out];
              dx.data[dx.offset + in + window.place(position)] += dy.data[dy.offset + out];
            });
    return cleared(dx, add);
  }

  @Override
  protected Step bindAverageForward(Pool pool, DeviceTensor input, DeviceTensor output) {
    ReferenceTensor x = ReferenceTensor.of(input);
    ReferenceTensor y = ReferenceTensor.of(output);
    return everyWindow(
        pool,
        (in, out, window) -> {
          double sum = 0;
          for (int row = window.top; row < window.bottom; row++) {
            int start = x.offset + in + row * window.rowLength;
            for (int column = window.left; column < window.right; column++) {
              sum += x.data[start + column];
            }
          }
          y.data[y.offset + out] = (float) (sum / window.divisor);
        });
  }

  @Override
  protected Step bindAverageBackward(Pool pool, DeviceTensor dOutput, DeviceTensor dInput) {
    ReferenceTensor dy = ReferenceTensor.of(dOutput);
    ReferenceTensor dx = ReferenceTensor.of(dInput);
    Step add =
        everyWindow(
            pool,
            (in, out, window) -> {
              float share = dy.data[dy.offset + out] / window.divisor;
              for (int row = window.top; row < window.bottom; row++) {
                int start = dx.offset + in + row * window.rowLength;
                for (int column = window.left; column < window.right; column++) {
                  dx.data[start + column] += share;
                }
              }
            });
    return cleared(dx, add);
  }

  /** The index in x of the largest element of a window over the plane that begins at in. */
  private static int largest(Window window, ReferenceTensor x, int in) {
    int best = in + window.top * window.rowLength + window.left;
    float max = x.data[x.offset + best];
    for (int row = window.top; row < window.bottom; row++) {
      int start = in + row * window.rowLength;
      for (int column = window.left; column < window.right; column++) {
        float value = x.data[x.offset + start + column];
        if (value > max || Float.isNaN(value)) {
          max = value;
          best = start + column;
        }
      }
    }
    return best;
  }

  /** What is done for a window. */
  private interface Body {
    /**
     * Works on one window.
     *
     * @param in where the plane of the input begins
     * @param out the index of the output
     * @param window the pixels covered
     */
    void run(int in, int out, Window window);
  }

  /** The pixels that a window covers, from top and left (inclusive) to bottom and right. */
  private static final class Window {
    private final Pool pool;
    private final int rowLength;
    private int startRow;
    private int startColumn;
    private int top;
    private int bottom;
    private int left;
    private int right;
    private int divisor;

    private Window(Pool pool) {
      this.pool = pool;
      this.rowLength = pool.w();
    }

    private void moveTo(int p, int q) {
      PoolWindow window = pool.window();
      startRow = p * window.strideH() - window.padH();
      startColumn = q * window.strideW() - window.padW();
      top = Math.max(startRow, 0);
      bottom = Math.min(startRow + window.height(), pool.h());
      left = Math.max(startColumn, 0);
      right = Math.min(startColumn + window.width(), pool.w());
      divisor = pool.divisor(p, q);
    }

    /** The position r·S+s in the window of a pixel of the plane. */
    private int position(int pixel) {
      int r = pixel / rowLength - startRow;
      int s = pixel % rowLength - startColumn;
      return r * pool.window().width() + s;
    }

    /** The pixel of the plane at a position in the window. */
    private int place(int position) {
      int r = position / pool.window().width();
      int s = position % pool.window().width();
      return (startRow + r) * rowLength + startColumn + s;
    }
  }

  private static Step everyWindow(Pool pool, Body body) {
    int planeOfX = pool.h() * pool.w();
    int p = pool.p();
    int q = pool.q();
    return () ->
        Parallel.forEach(
            pool.n() * pool.c(),
            plane -> {
              Window window = new Window(pool);
              for (int row = 0; row < p; row++) {
                for (int column = 0; column < q; column++) {
                  window.moveTo(row, column);
                  body.run(plane * planeOfX, (plane * p + row) * q + column, window);
                }
              }
            });
  }

  private static Step cleared(ReferenceTensor dx, Step add) {
    return () -> {
      Arrays.fill(dx.data, dx.offset, dx.offset + dx.size, 0);
      add.run();
    };
  }
}
