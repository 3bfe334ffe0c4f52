package dev.gabor.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gabor.tensor.Shape;
import dev.gabor.tensor.Tensor;
import java.util.Arrays;

/** One batch-norm with all its tensors on the host; passes run on any backend. */
public final class BatchNormRun {
  final BatchNorm problem;
  final Tensor x;
  Tensor z;
  Tensor gamma;
  Tensor beta;
  Tensor runningMean;
  Tensor runningVariance;
  Tensor dy;
  boolean wantDx = true;
  boolean wantDz;
  Tensor y;
  Tensor saved;
  Tensor dx;
  Tensor dz;
  Tensor dgamma;
  Tensor dbeta;

  BatchNormRun(BatchNorm problem, Tensor x) {
    this.problem = problem;
    this.x = x;
    this.wantDz = problem.residual();
    z = Tensor.zeros(x.shape());
    gamma = filled(1);
    beta = filled(0);
    runningMean = filled(0);
    runningVariance = filled(1);
    dy = Tensor.zeros(x.shape());
    y = x;
    saved = Tensor.zeros(2, problem.c());
    dx = x;
    dz = x;
    dgamma = gamma;
    dbeta = beta;
  }

  /** A problem with random tensors. */
  public static BatchNormRun random(BatchNorm problem, Shape shape, long seed) {
    BatchNormRun run = new BatchNormRun(problem, Scratch.random(shape, seed));
    Shape channels = Shape.of(problem.c());
    run.z = Scratch.random(shape, seed + 1);
    run.gamma = Scratch.random(channels, seed + 2);
    run.beta = Scratch.random(channels, seed + 3);
    run.runningMean = Scratch.random(channels, seed + 4);
    run.runningVariance = Scratch.random(channels, seed + 6);
    run.dy = Scratch.random(shape, seed + 5);
    for (int c = 0; c < problem.c(); c++) {
      run.runningVariance.data()[c] += 1.5f;
      // Far from 0, so that the gradient of x is not lost in rounding.
      run.gamma.data()[c] += c % 2 == 0 ? 1 : -1;
    }
    if (problem.relu() && !problem.residual()) {
      run.keepOffTheKink();
    }
    return run;
  }

  /** No gradient where y is nearly 0: devices may round it to either side. */
  private void keepOffTheKink() {
    for (int c = 0; c < problem.c(); c++) {
      double mean = 0;
      double squares = 0;
      for (int i = 0; i < problem.rows(); i++) {
        mean += x.data()[index(i, c)] / (double) problem.rows();
      }
      for (int i = 0; i < problem.rows(); i++) {
        squares += Math.pow(x.data()[index(i, c)] - mean, 2);
      }
      double inverse = 1 / Math.sqrt(squares / problem.rows() + problem.epsilon());
      for (int i = 0; i < problem.rows(); i++) {
        double centred = x.data()[index(i, c)] - mean;
        if (Math.abs(gamma.data()[c] * inverse * centred + beta.data()[c]) < 1e-4) {
          dy.data()[index(i, c)] = 0;
        }
      }
    }
  }

  /** The place of value i of channel c. */
  private int index(int i, int c) {
    int image = i / problem.area();
    return (image * problem.c() + c) * problem.area() + i % problem.area();
  }

  void forward(Scratch scratch) {
    forward(scratch, scratch.backend().batchNorm());
  }

  /** The training pass by given operators of the scratch's backend. */
  public void forward(Scratch scratch, BatchNormOps ops) {
    DeviceTensor mean = scratch.put(runningMean);
    DeviceTensor variance = scratch.put(runningVariance);
    DeviceTensor output = scratch.empty(x.shape(), layout());
    DeviceTensor kept = scratch.empty(saved.shape(), Layout.PLAIN);
    scratch.run(
        ops.forwardTrain(
            problem,
            scratch.put(x, layout()),
            residual(scratch),
            scratch.put(gamma),
            scratch.put(beta),
            mean,
            variance,
            output,
            kept,
            scratch.workspace(ops.workspaceBytes(problem))));
    y = scratch.get(output);
    saved = scratch.get(kept);
    runningMean = scratch.get(mean);
    runningVariance = scratch.get(variance);
  }

  Tensor infer(Scratch scratch) {
    return infer(scratch, scratch.backend().batchNorm());
  }

  /** The inference pass by given operators of the scratch's backend. */
  public Tensor infer(Scratch scratch, BatchNormOps ops) {
    DeviceTensor output = scratch.empty(x.shape(), layout());
    scratch.run(
        ops.forwardInfer(
            problem,
            scratch.put(x, layout()),
            residual(scratch),
            scratch.put(gamma),
            scratch.put(beta),
            scratch.put(runningMean),
            scratch.put(runningVariance),
            output));
    return scratch.get(output);
  }

  void backward(Scratch scratch) {
    backward(scratch, scratch.backend().batchNorm());
  }

  /** The gradients by given operators of the scratch's backend. */
  public void backward(Scratch scratch, BatchNormOps ops) {
    DeviceTensor dInput = scratch.empty(x.shape(), layout());
    DeviceTensor dAdded = scratch.empty(x.shape(), layout());
    DeviceTensor dScale = scratch.empty(gamma.shape(), Layout.PLAIN);
    DeviceTensor dShift = scratch.empty(gamma.shape(), Layout.PLAIN);
    scratch.run(
        ops.backward(
            problem,
            scratch.put(x, layout()),
            problem.masksByResult() ? scratch.put(y, layout()) : DeviceTensor.NONE,
            scratch.put(gamma),
            scratch.put(beta),
            scratch.put(dy, layout()),
            scratch.put(saved),
            wantDx ? dInput : DeviceTensor.NONE,
            wantDz ? dAdded : DeviceTensor.NONE,
            dScale,
            dShift,
            scratch.workspace(ops.workspaceBytes(problem))));
    dx = scratch.get(dInput);
    dz = scratch.get(dAdded);
    dgamma = scratch.get(dScale);
    dbeta = scratch.get(dShift);
  }

  /**
   * Takes over y, whose signs are the ReLU's mask with a residual: at the kink devices may round to
   * either side.
   */
  public void maskBy(BatchNormRun other) {
    y = other.y;
  }

  /** What a tensor holds that nobody wrote. */
  float[] poison() {
    float[] poison = new float[x.data().length];
    Arrays.fill(poison, Float.NaN);
    return poison;
  }

  /** Compares all results; the error is relative to the largest magnitude of each tensor. */
  public void compare(BatchNormRun expected, double error, String as) {
    assertEqual(y, expected.y, error, as + " y");
    assertEqual(saved, expected.saved, error, as + " saved");
    assertEqual(runningMean, expected.runningMean, error, as + " running mean");
    assertEqual(runningVariance, expected.runningVariance, error, as + " running variance");
    assertEqual(dx, expected.dx, error, as + " dx");
    if (wantDz) {
      assertEqual(dz, expected.dz, error, as + " dz");
    }
    assertEqual(dgamma, expected.dgamma, error, as + " dgamma");
    assertEqual(dbeta, expected.dbeta, error, as + " dbeta");
  }

  /** Compares two tensors in the same way. */
  public static void assertEqual(Tensor actual, Tensor expected, double error, String as) {
    double largest = 1;
    for (float value : expected.data()) {
      largest = Math.max(largest, Math.abs(value));
    }
    int worst = 0;
    for (int i = 1; i < expected.data().length; i++) {
      // Written so that a NaN counts as worst.
      if (!(difference(actual, expected, i) <= difference(actual, expected, worst))) {
        worst = i;
      }
    }
    assertThat((double) actual.data()[worst])
        .as("%s, element %d of %s", as, worst, expected.shape())
        .isCloseTo(expected.data()[worst], within(error * largest));
  }

  private static double difference(Tensor actual, Tensor expected, int i) {
    return Math.abs((double) actual.data()[i] - expected.data()[i]);
  }

  private Layout layout() {
    return x.shape().rank() == 4 ? Layout.IMAGE : Layout.PLAIN;
  }

  private DeviceTensor residual(Scratch scratch) {
    return problem.residual() ? scratch.put(z, layout()) : DeviceTensor.NONE;
  }

  private Tensor filled(float value) {
    Tensor tensor = Tensor.zeros(problem.c());
    Arrays.fill(tensor.data(), value);
    return tensor;
  }
}
