package dev.gabor.backend;

import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Batch-norm gradients against five-point central differences of L = Σ dy y. */
class BatchNormGradientTest {
  @ParameterizedTest
  @MethodSource("dev.gabor.backend.Backends#all")
  void equalCentralDifferences(Backends.Opener opener) {
    try (Scratch scratch = new Scratch(opener.open())) {
      BatchNorm plain = BatchNorm.of(3, 3, 5);
      for (BatchNorm problem :
          List.of(plain, plain.withRelu(), plain.withResidual(), plain.withResidual().withRelu())) {
        BatchNormRun run = awayFromKinks(problem, scratch);
        run.forward(scratch);
        run.backward(scratch);
        check(scratch, run, run.x, run.dx, problem + " dx");
        check(scratch, run, run.gamma, run.dgamma, problem + " dgamma");
        check(scratch, run, run.beta, run.dbeta, problem + " dbeta");
        if (problem.residual()) {
          check(scratch, run, run.z, run.dz, problem + " dz");
        }
      }
    }
  }

  /** A run in which no y comes near 0 while one of its inputs moves by two steps. */
  private static BatchNormRun awayFromKinks(BatchNorm problem, Scratch scratch) {
    for (long seed = 0; ; seed++) {
      BatchNormRun run = BatchNormRun.random(problem, Shape.of(3, 3, 1, 5), seed);
      BatchNormRun linear =
          BatchNormRun.random(
              problem.residual() ? BatchNorm.of(3, 3, 5).withResidual() : BatchNorm.of(3, 3, 5),
              Shape.of(3, 3, 1, 5),
              seed);
      linear.forward(scratch);
      boolean clear = true;
      for (float y : linear.y.data()) {
        clear &= Math.abs(y) > 10 * CentralDifferences.STEP || !problem.relu();
      }
      if (clear) {
        return run;
      }
    }
  }

  private static void check(
      Scratch scratch, BatchNormRun run, Tensor input, Tensor gradient, String as) {
    CentralDifferences.check(input, gradient, () -> loss(scratch, run), as);
  }

  private static double loss(Scratch scratch, BatchNormRun run) {
    BatchNormRun moved = new BatchNormRun(run.problem, run.x);
    moved.z = run.z;
    moved.gamma = run.gamma;
    moved.beta = run.beta;
    moved.forward(scratch);
    return CentralDifferences.loss(run.dy, moved.y);
  }
}
