package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BatchNormTest {
  /** N, C, H, W; W of 0 stands for features (N,C). */
  private static final int[][] SIZES = {
    {2, 1, 1, 0},
    {64, 10, 1, 0},
    {33, 130, 1, 0},
    {5, 17, 1, 1},
    {1, 3, 7, 7},
    {7, 1, 13, 10},
    {13, 7, 1, 1},
    {2, 16, 13, 33},
    {1, 33, 10, 13},
    {3, 64, 7, 7},
    {2, 130, 10, 13},
    {4, 32, 56, 56},
    {16, 512, 2, 2},
  };

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void equalsHandNumbers(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      // Channel 0 holds 1, 3, 5, 7 (mean 4, variance 5), channel 1 holds 2, 2, 2, 6 (mean 3,
      // variance 3).
      Tensor x = Tensor.of(Shape.of(2, 2, 1, 2), 1, 3, 2, 2, 5, 7, 2, 6);
      BatchNormRun run = new BatchNormRun(BatchNorm.of(2, 2, 2), x);
      run.gamma = Tensor.of(Shape.of(2), 2, -1);
      run.beta = Tensor.of(Shape.of(2), 0.5f, 1);
      run.forward(scratch);
      double a = 2 / Math.sqrt(5 + 1e-5);
      double b = -1 / Math.sqrt(3 + 1e-5);
      assertClose(
          run.y,
          1e-6,
          -3 * a + 0.5,
          -a + 0.5,
          -b + 1,
          -b + 1,
          a + 0.5,
          3 * a + 0.5,
          -b + 1,
          3 * b + 1);
      assertClose(run.saved, 1e-6, 4, 3, a / 2, -b);
      assertClose(run.runningMean, 1e-6, 0.4, 0.3);
      // Unbiased: 5 · 4/3 and 3 · 4/3, a tenth of the way from 1.
      assertClose(run.runningVariance, 1e-6, 0.9 + 0.1 * 20 / 3, 0.9 + 0.1 * 4);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void gradientsEqualHandNumbers(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      // x̂ = -1, 1 for epsilon 0 nearly; g = 3, 1: Σ g = 4, Σ g x̂ = -2, dx = g − 2 − x̂ (−1) = 0,
      // 0.
      Tensor x = Tensor.of(Shape.of(2, 1), 1, 3);
      BatchNormRun run = new BatchNormRun(new BatchNorm(2, 1, 1, 1e-12f, 0.1f, false, false), x);
      run.dy = Tensor.of(x.shape(), 3, 1);
      run.forward(scratch);
      run.backward(scratch);
      assertClose(run.dbeta, 1e-6, 4);
      assertClose(run.dgamma, 1e-6, -2);
      assertClose(run.dx, 1e-6, 0, 0);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void keepsItsDigitsBesideALargeMean(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      // 4096 ± 0.5: the squares need 26 bits, a float has 24, so E[x²] − E[x]² would be noise.
      Tensor x = Tensor.zeros(8, 19, 12, 7);
      for (int i = 0; i < x.data().length; i++) {
        x.data()[i] = 4096 + (i % 2 == 0 ? 0.5f : -0.5f);
      }
      BatchNormRun run = new BatchNormRun(BatchNorm.of(8, 19, 84), x);
      run.forward(scratch);
      double inverse = 1 / Math.sqrt(0.25 + 1e-5);
      for (int c = 0; c < 19; c++) {
        assertThat((double) run.saved.data()[c]).isCloseTo(4096, within(1e-3));
        assertThat((double) run.saved.data()[19 + c]).isCloseTo(inverse, within(1e-4));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void equalsTheReference(Backends.Opener opener) {
    try (Scratch device = new Scratch(opener.open());
        Scratch cpu = new Scratch(new ReferenceBackend())) {
      for (int[] size : SIZES) {
        for (BatchNorm problem : variants(size)) {
          BatchNormRun expected = random(problem, size);
          expected.forward(cpu);
          expected.backward(cpu);
          BatchNormRun actual = random(problem, size);
          actual.forward(device);
          actual.maskBy(expected);
          actual.backward(device);
          actual.compare(expected, 2e-5, problem.toString());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void infersAsTheReference(Backends.Opener opener) {
    try (Scratch device = new Scratch(opener.open());
        Scratch cpu = new Scratch(new ReferenceBackend())) {
      for (int[] size : SIZES) {
        for (BatchNorm problem : variants(size)) {
          Tensor expected = random(problem, size).infer(cpu);
          Tensor actual = random(problem, size).infer(device);
          BatchNormRun.assertEqual(actual, expected, 1e-5, problem.toString());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void infersFromRunningStatistics(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      Tensor x = Tensor.of(Shape.of(1, 2), 3, -1);
      BatchNorm plain = new BatchNorm(1, 2, 1, 1, 0.1f, false, false);
      BatchNormRun run = new BatchNormRun(plain.withResidual().withRelu(), x);
      run.gamma = Tensor.of(Shape.of(2), 4, 6);
      run.beta = Tensor.of(Shape.of(2), 0.25f, 1);
      run.runningMean = Tensor.of(Shape.of(2), 1, 1);
      run.runningVariance = Tensor.of(Shape.of(2), 3, 8);
      run.z = Tensor.of(x.shape(), 10, -2);
      // 4 (3 − 1) / 2 + 0.25 + 10 and relu(6 (−1 − 1) / 3 + 1 − 2).
      assertClose(run.infer(scratch), 1e-5, 14.25, 0);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void twoRunsGiveTheSameBits(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      int[] size = {5, 33, 20, 19};
      BatchNorm problem = BatchNorm.of(5, 33, 380).withResidual().withRelu();
      BatchNormRun first = random(problem, size);
      BatchNormRun second = random(problem, size);
      for (BatchNormRun run : new BatchNormRun[] {first, second}) {
        run.forward(scratch);
        run.backward(scratch);
      }
      second.compare(first, 0, "second run");
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void gradientsOfFewTensorsAreThoseOfAll(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      int[] size = {3, 17, 5, 5};
      BatchNorm problem = BatchNorm.of(3, 17, 25).withResidual().withRelu();
      BatchNormRun all = random(problem, size);
      all.forward(scratch);
      all.backward(scratch);
      for (boolean wantDx : new boolean[] {true, false}) {
        for (boolean wantDz : new boolean[] {true, false}) {
          BatchNormRun few = random(problem, size);
          few.forward(scratch);
          few.wantDx = wantDx;
          few.wantDz = wantDz;
          few.backward(scratch);
          assertThat(few.dgamma.data()).containsExactly(all.dgamma.data());
          assertThat(few.dbeta.data()).containsExactly(all.dbeta.data());
          assertThat(few.dx.data()).containsExactly(wantDx ? all.dx.data() : few.poison());
          assertThat(few.dz.data()).containsExactly(wantDz ? all.dz.data() : few.poison());
        }
      }
    }
  }

  private static Stream<BatchNorm> variants(BatchNorm plain) {
    return Stream.of(
        plain, plain.withRelu(), plain.withResidual(), plain.withResidual().withRelu());
  }

  private static BatchNorm[] variants(int[] size) {
    return variants(BatchNorm.of(size[0], size[1], size[2] * Math.max(1, size[3])))
        .toArray(BatchNorm[]::new);
  }

  private static BatchNormRun random(BatchNorm problem, int[] size) {
    Shape shape =
        size[3] == 0 ? Shape.of(size[0], size[1]) : Shape.of(size[0], size[1], size[2], size[3]);
    return BatchNormRun.random(problem, shape, 7);
  }

  private static void assertClose(Tensor actual, double error, double... expected) {
    assertThat(actual.data()).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual.data()[i])
          .as("element %d", i)
          .isCloseTo(expected[i], within(error));
    }
  }
}
