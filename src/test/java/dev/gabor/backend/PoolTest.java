package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.PoolWindow.Kind;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.tensor.Philox;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PoolTest {
  private static final List<PoolWindow> MAX_WINDOWS =
      List.of(
          PoolWindow.of(Kind.MAX, 2),
          PoolWindow.of(Kind.MAX, 3),
          PoolWindow.of(Kind.MAX, 2, 4).ceilMode(true),
          PoolWindow.of(Kind.MAX, 3).stride(2).pad(1),
          PoolWindow.of(Kind.MAX, 3).stride(1),
          PoolWindow.of(Kind.MAX, 1, 7).stride(2, 1).pad(0, 3),
          PoolWindow.of(Kind.MAX, 5).stride(3).pad(2).ceilMode(true),
          PoolWindow.of(Kind.MAX, 2).stride(3).ceilMode(true),
          PoolWindow.of(Kind.MAX, 17, 16).stride(4, 5).pad(8, 8),
          PoolWindow.of(Kind.MAX, 4, 6),
          PoolWindow.of(Kind.MAX, 7, 5).ceilMode(true));

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void maximumEqualsHandNumbers(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      Tensor x =
          Tensor.of(Shape.of(1, 1, 4, 4), 1, 5, 2, 0, 3, 4, 8, 8, -1, -2, -9, -9, -3, -1, -9, -7);
      Run run = new Run(scratch, new Pool(PoolWindow.of(Kind.MAX, 2), 1, 1, 4, 4), true);
      assertThat(run.forward(x).data()).containsExactly(5, 8, -1, -7);
      // Equal maxima: the first one in row-major order gets the gradient.
      assertThat(run.backward(Tensor.of(Shape.of(1, 1, 2, 2), 1, 2, 3, 4)).data())
          .containsExactly(0, 1, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 0, 0, 0, 4);
      Run padded =
          new Run(scratch, new Pool(PoolWindow.of(Kind.MAX, 3).stride(2).pad(1), 1, 1, 4, 4), true);
      assertThat(padded.forward(x).data()).containsExactly(5, 8, 4, 8);
      assertThat(padded.backward(Tensor.of(Shape.of(1, 1, 2, 2), 1, 2, 3, 4)).data())
          .containsExactly(0, 1, 0, 0, 0, 3, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void maximumFollowsPyTorchOnNanAndInfinity(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      float nan = Float.NaN;
      float low = Float.NEGATIVE_INFINITY;
      Tensor x = Tensor.of(Shape.of(1, 1, 2, 6), nan, 1, low, low, 7, 2, 3, nan, low, low, 1, nan);
      Run run = new Run(scratch, new Pool(PoolWindow.of(Kind.MAX, 2), 1, 1, 2, 6), true);
      assertThat(run.forward(x).data()).containsExactly(nan, low, nan);
      // torch.max_pool2d keeps the last NaN, and the first pixel where all are -infinity.
      assertThat(run.backward(Tensor.of(Shape.of(1, 1, 1, 3), 1, 2, 3)).data())
          .containsExactly(0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 3);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void averageDividesAsPyTorchDoes(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      Tensor x = Tensor.of(Shape.of(1, 1, 1, 5), 2, 4, 6, 8, 10);
      PoolWindow pairs = PoolWindow.of(Kind.AVERAGE, 1, 2);
      // The last window sticks out and divides by what lies inside.
      assertThat(average(scratch, pairs.ceilMode(true), x)).containsExactly(3, 7, 10);
      assertThat(average(scratch, pairs, x)).containsExactly(3, 7);
      PoolWindow threes = PoolWindow.of(Kind.AVERAGE, 1, 3).stride(2).pad(0, 1);
      assertThat(average(scratch, threes, x)).containsExactly(2, 6, 6);
      assertThat(average(scratch, threes.countIncludePad(false), x)).containsExactly(3, 6, 9);
      // Four columns, padding 2 on both sides, 5 at stride 2 in ceil mode: the last window covers
      // columns 2 to 6, of which 6 lies behind the padding and never counts.
      Tensor four = Tensor.of(Shape.of(1, 1, 1, 4), 4, 8, 12, 20);
      PoolWindow fives = PoolWindow.of(Kind.AVERAGE, 1, 5).stride(2).pad(0, 2).ceilMode(true);
      assertThat(average(scratch, fives, four)).containsExactly(24 / 5f, 44 / 5f, 8);
      assertThat(average(scratch, fives.countIncludePad(false), four)).containsExactly(8, 11, 16);
    }
  }

  @Test
  void outputSizesArePyTorchs() {
    PoolWindow stem = PoolWindow.of(Kind.MAX, 3).stride(2);
    assertThat(size(stem.pad(1), 112)).isEqualTo(56);
    assertThat(size(stem, 112)).isEqualTo(55);
    assertThat(size(stem.ceilMode(true), 112)).isEqualTo(56);
    assertThat(size(PoolWindow.of(Kind.MAX, 2), 5)).isEqualTo(2);
    assertThat(size(PoolWindow.of(Kind.MAX, 2).ceilMode(true), 5)).isEqualTo(3);
    // A third window would start in the padding behind the image.
    assertThat(size(PoolWindow.of(Kind.MAX, 2).pad(1).ceilMode(true), 3)).isEqualTo(2);
    assertThat(size(PoolWindow.of(Kind.MAX, 1).stride(3).ceilMode(true), 3)).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void globalPoolingTakesTheWholeImage(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      Shape shape = Shape.of(3, 5, 7, 13);
      Tensor x = Scratch.integers(shape, 7);
      Tensor means = new Run(scratch, Pool.global(Kind.AVERAGE, 3, 5, 7, 13), true).forward(x);
      Tensor largest = new Run(scratch, Pool.global(Kind.MAX, 3, 5, 7, 13), false).forward(x);
      assertThat(means.shape()).isEqualTo(Shape.of(3, 5, 1, 1));
      for (int plane = 0; plane < 15; plane++) {
        double sum = 0;
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < 91; i++) {
          sum += x.data()[plane * 91 + i];
          max = Math.max(max, x.data()[plane * 91 + i]);
        }
        assertThat((double) means.data()[plane]).isCloseTo(sum / 91, within(1e-6));
        assertThat(largest.data()[plane]).isEqualTo(max);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void deviceEqualsReference(Backends.Opener opener) {
    int cases = 0;
    try (Scratch device = new Scratch(opener.open());
        Scratch reference = new Scratch(new ReferenceBackend())) {
      for (int c : new int[] {1, 3, 7, 16, 17, 33, 64, 68}) {
        for (int[] size : new int[][] {{1, 1}, {1, 7}, {7, 13}, {13, 33}, {33, 7}, {33, 34}}) {
          for (PoolWindow window : MAX_WINDOWS) {
            if (window.height() <= size[0] + 2 * window.padH()
                && window.width() <= size[1] + 2 * window.padW()) {
              int n = 1 + cases % 3;
              compare(device, reference, new Pool(window, n, c, size[0], size[1]), 0);
              PoolWindow mean = average(window).countIncludePad(cases % 2 == 0);
              compare(device, reference, new Pool(mean, n, c, size[0], size[1]), 1e-5f);
              cases++;
            }
          }
        }
      }
    }
    assertThat(cases).isGreaterThan(150);
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void deviceEqualsReferenceForLargeImages(Backends.Opener opener) {
    try (Scratch device = new Scratch(opener.open());
        Scratch reference = new Scratch(new ReferenceBackend())) {
      for (int c : new int[] {3, 80}) {
        compare(device, reference, Pool.global(Kind.MAX, 8, c, 127, 129), 0);
        compare(device, reference, Pool.global(Kind.AVERAGE, 8, c, 127, 129), 1e-5f);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void backwardEqualsCentralDifferences(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      for (PoolWindow window : MAX_WINDOWS.subList(0, 8)) {
        for (PoolWindow tried : List.of(window, average(window))) {
          Pool pool = new Pool(tried, 2, 3, 5, 7);
          Run run = new Run(scratch, pool, true);
          // Whole numbers that all differ: a step of 1/4 changes no maximum's place.
          Tensor x = Tensor.zeros(pool.inputShape());
          int[] order = new int[x.data().length];
          Arrays.setAll(order, i -> i);
          new Philox(8, 0).shuffle(order);
          for (int i = 0; i < order.length; i++) {
            x.data()[i] = order[i];
          }
          Tensor dy = Scratch.integers(pool.outputShape(), 9);
          run.forward(x);
          float[] dx = run.backward(dy).data();
          for (int i = 0; i < dx.length; i += 5) {
            float kept = x.data()[i];
            x.data()[i] = kept + 0.25f;
            double above = weighted(dy, run.forward(x));
            x.data()[i] = kept - 0.25f;
            double below = weighted(dy, run.forward(x));
            x.data()[i] = kept;
            assertThat((double) dx[i])
                .as("%s at %d", pool, i)
                .isCloseTo((above - below) / 0.5, within(2e-3));
          }
        }
      }
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatThrownBy(() -> PoolWindow.of(Kind.MAX, 3).pad(2))
        .hasMessage("pool window 3×3: padding is 2×2, expected at most half the window");
    assertThatThrownBy(() -> PoolWindow.of(Kind.MAX, 3, 0))
        .hasMessage("pool window 3×0: expected at least 1×1");
    assertThatThrownBy(() -> PoolWindow.of(Kind.MAX, 2).stride(0))
        .hasMessage("pool window 2×2: stride is 0×0, expected at least 1×1");
    assertThatThrownBy(() -> PoolWindow.of(Kind.MAX, 257, 256)).hasMessageContaining("65536");
    assertThatThrownBy(() -> new Pool(PoolWindow.of(Kind.MAX, 4).pad(1), 1, 1, 5, 1))
        .hasMessage("pool: a window of 4 columns does not fit into 1 with padding 1");
    assertThatThrownBy(() -> new Pool(PoolWindow.of(Kind.MAX, 1), 1 << 10, 1 << 10, 1 << 10, 2))
        .hasMessageContaining("more than 2^31 - 1 elements");
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void refusesOtherTensors(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      PoolOps ops = scratch.backend().pool();
      Pool pool = new Pool(PoolWindow.of(Kind.MAX, 2), 2, 3, 4, 4);
      DeviceTensor x = scratch.empty(Shape.of(2, 3, 4, 4), Layout.IMAGE);
      DeviceTensor plain = scratch.empty(Shape.of(2, 3, 4, 4), Layout.PLAIN);
      DeviceTensor y = scratch.empty(Shape.of(2, 3, 2, 2), Layout.IMAGE);
      DeviceTensor none = DeviceTensor.NONE;
      DeviceTensor small = scratch.workspace(4);
      assertThatThrownBy(() -> ops.forward(pool, y, y, none))
          .hasMessage("pool forward: x has shape (2,3,2,2), expected (2,3,4,4)");
      assertThatThrownBy(() -> ops.forward(pool, plain, y, none))
          .hasMessage("pool forward: x has layout PLAIN, expected IMAGE");
      assertThatThrownBy(() -> ops.forward(pool, x, x, none))
          .hasMessage("pool forward: y has shape (2,3,4,4), expected (2,3,2,2)");
      assertThatThrownBy(() -> ops.forward(pool, x, y, small))
          .hasMessageContaining("workspace has 4 bytes, expected at least");
      assertThatThrownBy(() -> ops.backward(pool, y, none, x))
          .hasMessage("pool backward: reserve is missing");
      assertThatThrownBy(() -> ops.backward(pool, x, none, x))
          .hasMessage("pool backward: dy has shape (2,3,4,4), expected (2,3,2,2)");
      assertThatThrownBy(() -> ops.backward(pool, y, none, y))
          .hasMessage("pool backward: dx has shape (2,3,2,2), expected (2,3,4,4)");
    }
  }

  private static void compare(Scratch device, Scratch reference, Pool pool, float bound) {
    Tensor x = Scratch.integers(pool.inputShape(), pool.c() + 100);
    if (x.data().length > 10) {
      x.data()[9] = pool.window().kind() == Kind.MAX ? Float.NaN : 0;
    }
    Tensor dy = Scratch.integers(pool.outputShape(), pool.c() + 200);
    Run actual = new Run(device, pool, true);
    Run expected = new Run(reference, pool, true);
    Elements.assertClose(pool + " y", actual.forward(x), expected.forward(x), bound);
    Elements.assertClose(pool + " dx", actual.backward(dy), expected.backward(dy), bound);
    Run inference = new Run(device, pool, false);
    Elements.assertClose(pool + " inference", inference.forward(x), expected.forward(x), bound);
  }

  private static PoolWindow average(PoolWindow window) {
    return PoolWindow.of(Kind.AVERAGE, window.height(), window.width())
        .stride(window.strideH(), window.strideW())
        .pad(window.padH(), window.padW())
        .ceilMode(window.ceilMode());
  }

  private static float[] average(Scratch scratch, PoolWindow window, Tensor x) {
    Pool pool = new Pool(window, 1, 1, x.shape().length(2), x.shape().length(3));
    return new Run(scratch, pool, false).forward(x).data();
  }

  private static int size(PoolWindow window, int length) {
    Pool pool = new Pool(window, 1, 1, length, length);
    assertThat(pool.p()).isEqualTo(pool.q());
    return pool.p();
  }

  private static double weighted(Tensor dy, Tensor y) {
    double sum = 0;
    for (int i = 0; i < y.data().length; i++) {
      sum += (double) dy.data()[i] * y.data()[i];
    }
    return sum;
  }

  /** One problem on one backend, run as often as wanted. */
  private static final class Run {
    private final Scratch scratch;
    private final DeviceTensor x;
    private final DeviceTensor y;
    private final DeviceTensor dy;
    private final DeviceTensor dx;
    private final DeviceTensor reserve;
    private final Pool pool;

    Run(Scratch scratch, Pool pool, boolean training) {
      this.scratch = scratch;
      this.pool = pool;
      x = scratch.empty(pool.inputShape(), Layout.IMAGE);
      y = scratch.empty(pool.outputShape(), Layout.IMAGE);
      dy = scratch.empty(pool.outputShape(), Layout.IMAGE);
      dx = scratch.empty(pool.inputShape(), Layout.IMAGE);
      reserve = scratch.workspace(training ? scratch.backend().pool().reserveBytes(pool) : 0);
    }

    Tensor forward(Tensor value) {
      scratch.backend().write(value.data(), x);
      scratch.run(scratch.backend().pool().forward(pool, x, y, reserve));
      return scratch.get(y);
    }

    Tensor backward(Tensor value) {
      scratch.backend().write(value.data(), dy);
      scratch.run(scratch.backend().pool().backward(pool, dy, reserve, dx));
      return scratch.get(dx);
    }
  }
}
