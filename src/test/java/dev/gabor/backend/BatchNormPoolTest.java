package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.PoolWindow.Kind;
import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BatchNormPoolTest {
  private static final List<PoolWindow> WINDOWS =
      List.of(
          PoolWindow.of(Kind.MAX, 2),
          PoolWindow.of(Kind.MAX, 2).ceilMode(true),
          PoolWindow.of(Kind.MAX, 3, 1),
          PoolWindow.of(Kind.MAX, 4).ceilMode(true));

  /** N, C, H, W. */
  private static final int[][] SIZES = {
    {2, 1, 4, 4},
    {3, 7, 5, 9},
    {2, 16, 7, 6},
    {1, 32, 14, 14},
    {5, 33, 8, 4},
    {3, 64, 13, 13},
    {40, 96, 6, 10},
  };

  private static BatchNormPool problem(PoolWindow window, int... size) {
    BatchNorm norm = BatchNorm.of(size[0], size[1], size[2] * size[3]).withRelu();
    return new BatchNormPool(norm, window, size[2], size[3]);
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void equalsHandNumbers(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      // Channel 0: 1, 3, 5, 7, mean 4, variance 5. Channel 1, whose gamma is negative: 2, 2, 2, 6,
      // mean 3, variance 3; its smallest x is found, the first of three.
      BatchNormPoolRun run =
          new BatchNormPoolRun(problem(PoolWindow.of(Kind.MAX, 1, 2), 1, 2, 1, 4));
      run.x = Tensor.of(Shape.of(1, 2, 1, 4), 1, 3, 5, 7, 6, 2, 2, 2);
      run.gamma = Tensor.of(Shape.of(2), 2, -1);
      run.beta = Tensor.of(Shape.of(2), 0.5f, 1);
      run.dy = Tensor.of(run.problem.outputShape(), 10, 1, 2, 3);
      run.run(scratch);
      double a = 2 / Math.sqrt(5 + 1e-5);
      double b = -1 / Math.sqrt(3 + 1e-5);
      // Of 1 and 3 the maximum is negative still: −a + 0.5.
      assertClose(run.y, 0, 3 * a + 0.5, -b + 1, -b + 1);
      assertClose(run.saved, 4, 3, a / 2, -b);
      assertClose(run.dbeta, 1, 5);
      // Σ g (x − mean) inverse.
      assertClose(run.dgamma, 3 * a / 2, (2 + 3) * -1 * -b);
      double g = 3 * a / 2;
      assertClose(
          run.dx,
          a * (0 - 0.25 - -3 * a / 2 * g / 4),
          a * (0 - 0.25 - -1 * a / 2 * g / 4),
          a * (0 - 0.25 - 1 * a / 2 * g / 4),
          a * (1 - 0.25 - 3 * a / 2 * g / 4),
          b * (0 - 1.25 - 3 * -b * (5 * b) / 4),
          b * (2 - 1.25 - -1 * -b * (5 * b) / 4),
          b * (3 - 1.25 - -1 * -b * (5 * b) / 4),
          b * (0 - 1.25 - -1 * -b * (5 * b) / 4));
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void withoutASlopeTheFirstPixelIsTaken(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      BatchNormPoolRun run =
          new BatchNormPoolRun(problem(PoolWindow.of(Kind.MAX, 1, 2), 1, 1, 1, 2));
      run.x = Tensor.of(Shape.of(1, 1, 1, 2), 1, 3);
      run.beta = Tensor.of(Shape.of(1), 2);
      run.dy = Tensor.of(Shape.of(1, 1, 1, 1), 3);
      run.run(scratch);
      assertClose(run.y, 2);
      assertClose(run.dgamma, -3 / Math.sqrt(1 + 1e-5));
      assertClose(run.dx, 0, 0);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void equalsTheTwoOneAfterTheOther(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      for (int[] size : SIZES) {
        BatchNormPool problem = problem(WINDOWS.get(0), size);
        BatchNormPoolRun together = BatchNormPoolRun.random(problem, 3);
        BatchNormPoolRun apart = BatchNormPoolRun.random(problem, 3);
        together.run(scratch);
        apart.runOneByOne(scratch);
        together.compare(apart, 2e-5, problem.toString());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void equalsTheReference(Backends.Opener opener) {
    try (Scratch device = new Scratch(opener.open());
        Scratch cpu = new Scratch(new ReferenceBackend())) {
      for (PoolWindow window : WINDOWS) {
        for (int[] size : SIZES) {
          BatchNormPool problem = problem(window, size);
          BatchNormPoolRun expected = BatchNormPoolRun.random(problem, 5);
          BatchNormPoolRun actual = BatchNormPoolRun.random(problem, 5);
          BatchNormPoolRun again = BatchNormPoolRun.random(problem, 5);
          expected.run(cpu);
          actual.run(device);
          again.wantDx = false;
          again.run(device);
          actual.compare(expected, 2e-5, problem.toString());
          // The same bits, also where nobody wants the gradient of x.
          assertThat(again.dgamma.data()).containsExactly(actual.dgamma.data());
          assertThat(again.dbeta.data()).containsExactly(actual.dbeta.data());
          assertThat(again.dx.data()).containsOnly(Float.NaN);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void aNanIsTheMaximum(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      BatchNormPoolRun run = BatchNormPoolRun.random(problem(WINDOWS.get(0), 2, 3, 4, 4), 1);
      run.x.data()[20] = Float.NaN;
      run.run(scratch);
      // It is in the mean of channel 1 too.
      for (int i = 0; i < run.y.data().length; i++) {
        assertThat(Float.isNaN(run.y.data()[i])).as("y[%d]", i).isEqualTo(i / 4 % 3 == 1);
      }
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    PoolWindow window = WINDOWS.get(0);
    BatchNorm norm = BatchNorm.of(2, 3, 16);
    assertThatThrownBy(() -> new BatchNormPool(norm, window, 4, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("batch-norm with pooling: expected a batch-norm with a ReLU and no residual");
    assertThatThrownBy(() -> new BatchNormPool(norm.withRelu(), window, 4, 3))
        .hasMessage("batch-norm with pooling: h, w are 4, 3, expected a product of 16");
    for (PoolWindow other :
        List.of(
            window.stride(1),
            window.pad(1),
            PoolWindow.of(Kind.AVERAGE, 2),
            PoolWindow.of(Kind.MAX, 5, 4))) {
      assertThatThrownBy(() -> new BatchNormPool(norm.withRelu(), other, 4, 4))
          .hasMessageStartingWith("batch-norm with pooling: expected a maximum over windows side");
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void refusesOtherTensors(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      BatchNormPoolRun one = new BatchNormPoolRun(problem(PoolWindow.of(Kind.MAX, 1), 1, 3, 1, 1));
      assertThatThrownBy(() -> one.run(scratch))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "batch-norm and pool forward: expected more than 1 value per channel when training,"
                  + " got input (1,3,1,1)");
      BatchNormPoolRun run = BatchNormPoolRun.random(problem(WINDOWS.get(0), 2, 3, 4, 4), 1);
      run.x = Tensor.zeros(2, 3, 4, 5);
      assertThatThrownBy(() -> run.run(scratch))
          .hasMessage("batch-norm and pool forward: x has shape (2,3,4,5), expected (2,3,4,4)");
      run.x = Tensor.zeros(2, 3, 4, 4);
      run.dy = Tensor.zeros(2, 3, 4, 4);
      assertThatThrownBy(() -> run.run(scratch))
          .hasMessage("batch-norm and pool backward: dy has shape (2,3,4,4), expected (2,3,2,2)");
      run.gamma = Tensor.zeros(2);
      assertThatThrownBy(() -> run.run(scratch))
          .hasMessage("batch-norm and pool forward: gamma has shape (2), expected (3)");
    }
  }

  private static void assertClose(Tensor actual, double... expected) {
    assertThat(actual.data()).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual.data()[i])
          .as("element %d", i)
          .isCloseTo(expected[i], within(1e-5));
    }
  }
}
