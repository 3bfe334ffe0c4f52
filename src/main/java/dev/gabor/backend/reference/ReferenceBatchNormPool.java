package dev.gabor.backend.reference;

import dev.gabor.backend.BatchNorm;
import dev.gabor.backend.BatchNormPool;
import dev.gabor.backend.BatchNormPoolOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Layout;
import dev.gabor.backend.Step;

/**
 * Batch normalisation, ReLU and maximum pooling, made of the reference's own pooling and
 * normalisation. The workspace has room for one tensor like x.
 */
final class ReferenceBatchNormPool extends BatchNormPoolOps {
  private final ReferenceBatchNorm norms;
  private final ReferencePool pools;

  ReferenceBatchNormPool(ReferenceBatchNorm norms, ReferencePool pools) {
    this.norms = norms;
    this.pools = pools;
  }

  @Override
  public long workspaceBytes(BatchNormPool problem) {
    return problem.inputShape().size() * Float.BYTES;
  }

  @Override
  public long reserveBytes(BatchNormPool problem) {
    return pools.reserveBytes(problem.pool());
  }

  @Override
  protected Step bindForward(
      BatchNormPool problem,
      DeviceTensor x,
      DeviceTensor gamma,
      DeviceTensor beta,
      DeviceTensor runningMean,
      DeviceTensor runningVariance,
      DeviceTensor y,
      DeviceTensor saved,
      DeviceTensor reserve,
      DeviceTensor workspace) {
    BatchNorm norm = problem.norm();
    ReferenceTensor rising = likeX(problem, workspace);
    ReferenceStatistics statistics =
        new ReferenceStatistics(norm, x, runningMean, runningVariance, saved);
    Step turn = byDirection(norm.c(), gamma, x, rising);
    Step pool = pools.forward(problem.pool(), rising, y, reserve);
    // The maxima of x or, where gamma is below 0, its minima.
    Step turnBack = byDirection(norm.c(), gamma, y, y);
    BatchNorm ofMaxima = new BatchNorm(norm.n(), norm.c(), pixels(y), 1, 0, false, true);
    ReferenceBatchNorm.Normalisation normalisation =
        new ReferenceBatchNorm.Normalisation(ofMaxima, y, DeviceTensor.NONE, gamma, beta, y);
    return () -> {
      turn.run();
      pool.run();
      turnBack.run();
      Parallel.forEach(
          norm.c(),
          c -> {
            statistics.take(c);
            normalisation.run(c, statistics.mean(c), statistics.inverse(c));
          });
    };
  }

  @Override
  protected Step bindBackward(
      BatchNormPool problem,
      DeviceTensor x,
      DeviceTensor gamma,
      DeviceTensor beta,
      DeviceTensor dy,
      DeviceTensor saved,
      DeviceTensor reserve,
      DeviceTensor dx,
      DeviceTensor dgamma,
      DeviceTensor dbeta,
      DeviceTensor workspace) {
    ReferenceTensor spread = likeX(problem, workspace);
    DeviceTensor none = DeviceTensor.NONE;
    Step pool = pools.backward(problem.pool(), dy, reserve, spread);
    Step norm =
        norms.backward(
            problem.norm(), x, none, gamma, beta, spread, saved, dx, none, dgamma, dbeta, none);
    return () -> {
      pool.run();
      norm.run();
    };
  }

  private static ReferenceTensor likeX(BatchNormPool problem, DeviceTensor workspace) {
    ReferenceTensor room = ReferenceTensor.of(workspace);
    return new ReferenceTensor(room.data, room.offset, problem.inputShape(), Layout.IMAGE);
  }

  private static int pixels(DeviceTensor images) {
    return images.shape().length(2) * images.shape().length(3);
  }

  /** to = from times the sign of its channel's gamma; to may be from. */
  private static Step byDirection(
      int channels, DeviceTensor weight, DeviceTensor input, DeviceTensor output) {
    ReferenceTensor gamma = ReferenceTensor.of(weight);
    ReferenceTensor from = ReferenceTensor.of(input);
    ReferenceTensor to = ReferenceTensor.of(output);
    int area = pixels(input);
    return () ->
        Parallel.forEach(
            from.size / area,
            plane -> {
              float direction = Math.signum(gamma.data[gamma.offset + plane % channels]);
              for (int i = plane * area; i < (plane + 1) * area; i++) {
                to.data[to.offset + i] = from.data[from.offset + i] * direction;
              }
            });
  }
}
