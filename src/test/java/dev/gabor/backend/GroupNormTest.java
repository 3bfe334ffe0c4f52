package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.backend.reference.ReferenceBackend;
import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against PyTorch the golden numbers compare it, as a layer. */
class GroupNormTest {
  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void equalsHandNumbers(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      // Channels 0 and 1 hold 1, 3, 5, 7 (mean 4, variance 5), channels 2 and 3 hold 2, 2, 2, 6
      // (mean 3, variance 3).
      Tensor x = Tensor.of(Shape.of(1, 4, 1, 2), 1, 3, 5, 7, 2, 2, 2, 6);
      GroupNormRun run =
          new GroupNormRun(GroupNorm.of(1, 4, 2, 2), x)
              .affine(
                  Tensor.of(Shape.of(4), 1, 2, 1, -1), Tensor.of(Shape.of(4), 0, 0.5f, 1, 0.25f));
      run.forward(scratch);
      double a = 1 / Math.sqrt(5 + 1e-5);
      double b = 1 / Math.sqrt(3 + 1e-5);
      assertClose(
          run.y, -3 * a, -a, 2 * a + 0.5, 6 * a + 0.5, -b + 1, -b + 1, b + 0.25, -3 * b + 0.25);
      assertClose(run.saved, 4, 3, a, b);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void instanceAndLayerNormEqualHandNumbers(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      Tensor x = Tensor.of(Shape.of(1, 2, 1, 2), 1, 3, 2, 6);
      GroupNormRun instance = new GroupNormRun(new GroupNorm(1, 2, 2, 2, 3), x);
      instance.forward(scratch);
      // Variances 1 and 4, to which epsilon adds 3.
      double b = 2 / Math.sqrt(7);
      assertClose(instance.y, -0.5, 0.5, -b, b);
      // All four: mean 3, variance 3.5; a weight and a bias for each element.
      GroupNormRun layer =
          new GroupNormRun(new GroupNorm(1, 4, 1, 1, 0.5f), x)
              .affine(
                  Tensor.of(Shape.of(1, 2, 1, 2), 1, 2, 3, 4),
                  Tensor.of(Shape.of(1, 2, 1, 2), 0, 10, 0, 20));
      layer.forward(scratch);
      assertClose(layer.y, -1, 10, -1.5, 26);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void gradientsEqualHandNumbers(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      // x̂ = -1, 1 and, in the second sample, 1, -1; p = 2 dy.
      Tensor x = Tensor.of(Shape.of(2, 2), 1, 3, 8, 0);
      GroupNormRun run =
          new GroupNormRun(new GroupNorm(2, 2, 1, 1, 1e-12f), x)
              .affine(Tensor.of(Shape.of(2), 2, 2), Tensor.zeros(2));
      run.dy = Tensor.of(x.shape(), 3, 1, 5, 4);
      run.forward(scratch);
      run.backward(scratch);
      assertClose(run.dbias, 8, 5);
      assertClose(run.dweight, -3 + 5, 1 - 4);
      // Two elements with mean 0 and variance 1 can only move along themselves: dx is 0.
      assertClose(run.dx, 0, 0, 0, 0);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void keepsItsDigitsBesideALargeMean(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      // 4096 ± 0.5: the squares need 26 bits, a float has 24, so E[x²] − E[x]² would be noise.
      Tensor x = Tensor.zeros(2, 20, 12, 7);
      for (int i = 0; i < x.data().length; i++) {
        x.data()[i] = 4096 + (i % 2 == 0 ? 0.5f : -0.5f);
      }
      for (GroupNorm problem :
          List.of(
              GroupNorm.of(2, 20, 84, 1),
              GroupNorm.of(2, 20, 84, 5),
              GroupNorm.of(2, 20, 84, 20),
              GroupNorm.layer(2, 20 * 84))) {
        GroupNormRun run = new GroupNormRun(problem, x);
        run.forward(scratch);
        for (int i = 0; i < x.data().length; i++) {
          assertThat((double) run.y.data()[i])
              .isCloseTo((i % 2 == 0 ? 0.5 : -0.5) / Math.sqrt(0.25 + 1e-5), within(1e-4));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#devices")
  void equalsTheReference(Backends.Opener opener) {
    try (Scratch cpu = new Scratch(new ReferenceBackend());
        Backend device = opener.open()) {
      for (String family : device.families()) {
        try (Scratch scratch = new Scratch(device.family(family))) {
          for (GroupNormRun actual : runs()) {
            GroupNormRun expected = copy(actual);
            for (boolean inPlace : new boolean[] {false, true}) {
              actual.inPlace = inPlace;
              expected.inPlace = inPlace;
              expected.forward(cpu);
              expected.backward(cpu);
              actual.forward(scratch);
              actual.backward(scratch);
              actual.compare(expected, 2e-5, family + " " + actual.problem + " " + inPlace);
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void twoRunsGiveTheSameBitsAndDxMayBeLeftOut(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      for (Shape shape : List.of(Shape.of(5, 36, 20, 19), Shape.of(33, 36))) {
        int area = shape.rank() == 4 ? 20 * 19 : 1;
        GroupNorm problem = GroupNorm.of(shape.length(0), 36, area, 4);
        GroupNormRun first = GroupNormRun.random(problem, shape, true, 3);
        GroupNormRun second = copy(first);
        for (GroupNormRun run : List.of(first, second)) {
          run.forward(scratch);
          run.backward(scratch);
        }
        second.compare(first, 0, "second run");
        second.wantDx = false;
        second.backward(scratch);
        assertThat(second.dx.data()).containsOnly(Float.NaN);
        assertThat(second.dweight.data()).containsExactly(first.dweight.data());
        assertThat(second.dbias.data()).containsExactly(first.dbias.data());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void gradientsEqualCentralDifferences(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      List<GroupNormRun> runs =
          List.of(
              GroupNormRun.random(GroupNorm.of(2, 6, 3, 2), Shape.of(2, 6, 1, 3), true, 1),
              GroupNormRun.random(GroupNorm.of(2, 2, 4, 2), Shape.of(2, 2, 2, 2), false, 2),
              GroupNormRun.random(GroupNorm.layer(2, 12), Shape.of(2, 3, 2, 2), true, 3),
              GroupNormRun.random(GroupNorm.of(3, 6, 1, 2), Shape.of(3, 6), true, 4));
      for (GroupNormRun run : runs) {
        run.forward(scratch);
        run.backward(scratch);
        check(scratch, run, run.x, run.dx, run.problem + " dx");
        if (run.weight.isPresent()) {
          check(scratch, run, run.weight.get(), run.dweight, run.problem + " dweight");
          check(scratch, run, run.bias.get(), run.dbias, run.problem + " dbias");
        }
      }
    }
  }

  /**
   * N, C, H, W and groups; W of 0 stands for features (N,C), 0 groups for layer-norm by element.
   */
  private static List<GroupNormRun> runs() {
    int[][] sizes = {
      {2, 3, 7, 7, 3},
      {1, 33, 10, 13, 11},
      {7, 20, 1, 3, 1},
      {2, 130, 5, 3, 13},
      {13, 6, 1, 1, 2},
      {3, 64, 7, 7, 64},
      {2, 64, 9, 8, 32},
      {1, 34, 33, 31, 2},
      {2, 1, 40, 41, 1},
      {3, 7, 5, 9, 0},
      {1, 130, 7, 13, 0},
      {7, 10, 1, 0, 1},
      {1, 1000, 1, 0, 1},
      {33, 13, 1, 0, 1},
      {65, 66, 1, 0, 33},
      {2, 150, 1, 0, 3},
      {5, 200, 19, 21, 25},
      {3, 1040, 2, 2, 65},
      {1, 1100, 3, 1, 1},
    };
    List<GroupNormRun> runs = new ArrayList<>();
    for (int[] size : sizes) {
      for (boolean affine : new boolean[] {true, false}) {
        int area = size[2] * Math.max(1, size[3]);
        Shape shape =
            size[3] == 0
                ? Shape.of(size[0], size[1])
                : Shape.of(size[0], size[1], size[2], size[3]);
        GroupNorm problem =
            size[4] == 0
                ? GroupNorm.layer(size[0], size[1] * area)
                : GroupNorm.of(size[0], size[1], area, size[4]);
        runs.add(GroupNormRun.random(problem, shape, affine, 7));
      }
    }
    return runs;
  }

  private static GroupNormRun copy(GroupNormRun run) {
    GroupNormRun copy = new GroupNormRun(run.problem, run.x);
    copy.weight = run.weight;
    copy.bias = run.bias;
    copy.dy = run.dy;
    return copy;
  }

  private static void check(
      Scratch scratch, GroupNormRun run, Tensor input, Tensor gradient, String as) {
    CentralDifferences.check(input, gradient, () -> loss(scratch, run), as);
  }

  private static double loss(Scratch scratch, GroupNormRun run) {
    GroupNormRun moved = copy(run);
    moved.forward(scratch);
    return CentralDifferences.loss(run.dy, moved.y);
  }

  private static void assertClose(Tensor actual, double... expected) {
    double[] found = new double[actual.data().length];
    Arrays.setAll(found, i -> actual.data()[i]);
    assertThat(found).containsExactly(expected, within(1e-6));
  }
}
