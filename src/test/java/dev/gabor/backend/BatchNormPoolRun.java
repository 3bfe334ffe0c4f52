package dev.gabor.backend;

import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;

/** Batch-norm with pooling and all its tensors on the host; runs on any backend. */
public final class BatchNormPoolRun {
  final BatchNormPool problem;
  Tensor x;
  Tensor gamma;
  Tensor beta;
  Tensor runningMean;
  Tensor runningVariance;
  Tensor dy;
  boolean wantDx = true;
  Tensor y;
  Tensor saved;
  Tensor dx;
  Tensor dgamma;
  Tensor dbeta;

  BatchNormPoolRun(BatchNormPool problem) {
    this.problem = problem;
    Shape channels = Shape.of(problem.norm().c());
    x = Tensor.zeros(problem.inputShape());
    gamma = Tensor.zeros(channels);
    beta = Tensor.zeros(channels);
    runningMean = Tensor.zeros(channels);
    runningVariance = Tensor.zeros(channels);
    dy = Tensor.zeros(problem.outputShape());
  }

  /** Random tensors; β is so far from 0 that no result is at the ReLU's kink, on either side. */
  public static BatchNormPoolRun random(BatchNormPool problem, long seed) {
    BatchNormPoolRun run = new BatchNormPoolRun(problem);
    BatchNormRun norm = BatchNormRun.random(problem.norm(), problem.inputShape(), seed);
    run.x = norm.x;
    run.gamma = norm.gamma;
    run.runningMean = norm.runningMean;
    run.runningVariance = norm.runningVariance;
    for (int c = 0; c < problem.norm().c(); c++) {
      run.beta.data()[c] = c % 3 == 2 ? -8 : 8;
    }
    run.dy = Scratch.random(problem.outputShape(), seed + 9);
    return run;
  }

  /** Both passes by given operators of the scratch's backend. */
  public void run(Scratch scratch, BatchNormPoolOps ops) {
    DeviceTensor mean = scratch.put(runningMean);
    DeviceTensor variance = scratch.put(runningVariance);
    DeviceTensor kept = scratch.empty(Shape.of(2, problem.norm().c()), Layout.PLAIN);
    DeviceTensor output = scratch.empty(problem.outputShape(), Layout.IMAGE);
    DeviceTensor reserve = scratch.workspace(ops.reserveBytes(problem));
    DeviceTensor workspace = scratch.workspace(ops.workspaceBytes(problem));
    DeviceTensor input = scratch.put(x, Layout.IMAGE);
    DeviceTensor scale = scratch.put(gamma);
    DeviceTensor shift = scratch.put(beta);
    scratch.run(
        ops.forward(
            problem, input, scale, shift, mean, variance, output, kept, reserve, workspace));
    DeviceTensor dInput = scratch.empty(problem.inputShape(), Layout.IMAGE);
    DeviceTensor dScale = scratch.empty(gamma.shape(), Layout.PLAIN);
    DeviceTensor dShift = scratch.empty(gamma.shape(), Layout.PLAIN);
    scratch.run(
        ops.backward(
            problem,
            input,
            scale,
            shift,
            scratch.put(dy, Layout.IMAGE),
            kept,
            reserve,
            wantDx ? dInput : DeviceTensor.NONE,
            dScale,
            dShift,
            workspace));
    y = scratch.get(output);
    saved = scratch.get(kept);
    runningMean = scratch.get(mean);
    runningVariance = scratch.get(variance);
    dx = scratch.get(dInput);
    dgamma = scratch.get(dScale);
    dbeta = scratch.get(dShift);
  }

  void run(Scratch scratch) {
    run(scratch, scratch.backend().batchNormPool());
  }

  /** The two operators one after the other. */
  void runOneByOne(Scratch scratch) {
    Backend backend = scratch.backend();
    BatchNormRun norm = new BatchNormRun(problem.norm(), x);
    norm.gamma = gamma;
    norm.beta = beta;
    norm.runningMean = runningMean;
    norm.runningVariance = runningVariance;
    norm.forward(scratch);
    PoolOps pools = backend.pool();
    Pool pool = problem.pool();
    DeviceTensor output = scratch.empty(problem.outputShape(), Layout.IMAGE);
    DeviceTensor reserve = scratch.workspace(pools.reserveBytes(pool));
    scratch.run(pools.forward(pool, scratch.put(norm.y, Layout.IMAGE), output, reserve));
    DeviceTensor dBetween = scratch.empty(problem.inputShape(), Layout.IMAGE);
    scratch.run(pools.backward(pool, scratch.put(dy, Layout.IMAGE), reserve, dBetween));
    norm.dy = scratch.get(dBetween);
    norm.backward(scratch);
    y = scratch.get(output);
    saved = norm.saved;
    runningMean = norm.runningMean;
    runningVariance = norm.runningVariance;
    dx = norm.dx;
    dgamma = norm.dgamma;
    dbeta = norm.dbeta;
  }

  /** Compares all results; the error is relative to the largest magnitude of each tensor. */
  public void compare(BatchNormPoolRun expected, double error, String as) {
    BatchNormRun.assertEqual(y, expected.y, error, as + " y");
    BatchNormRun.assertEqual(saved, expected.saved, error, as + " saved");
    BatchNormRun.assertEqual(runningMean, expected.runningMean, error, as + " running mean");
    BatchNormRun.assertEqual(
        runningVariance, expected.runningVariance, error, as + " running variance");
    BatchNormRun.assertEqual(dx, expected.dx, error, as + " dx");
    BatchNormRun.assertEqual(dgamma, expected.dgamma, error, as + " dgamma");
    BatchNormRun.assertEqual(dbeta, expected.dbeta, error, as + " dbeta");
  }
}
