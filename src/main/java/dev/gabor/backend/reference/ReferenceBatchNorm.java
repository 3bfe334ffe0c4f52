package dev.gabor.backend.reference;

import dev.gabor.backend.BatchNorm;
import dev.gabor.backend.BatchNormOps;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;

/**
 * Batch normalisation, one task a channel. In the canonical order a channel is one run of H·W
 * elements in each image.
 */
final class ReferenceBatchNorm extends BatchNormOps {
  @Override
  public long workspaceBytes(BatchNorm problem) {
    return 0;
  }

  @Override
  protected Step bindForwardTrain(
      BatchNorm problem,
      DeviceTensor x,
      DeviceTensor z,
      DeviceTensor gamma,
      DeviceTensor beta,
      DeviceTensor meanSoFar,
      DeviceTensor varianceSoFar,
      DeviceTensor y,
      DeviceTensor kept,
      DeviceTensor workspace) {
    Normalisation normalisation = new Normalisation(problem, x, z, gamma, beta, y);
    ReferenceStatistics statistics =
        new ReferenceStatistics(problem, x, meanSoFar, varianceSoFar, kept);
    return () ->
        Parallel.forEach(
            problem.c(),
            c -> {
              statistics.take(c);
              normalisation.run(c, statistics.mean(c), statistics.inverse(c));
            });
  }

  @Override
  protected Step bindForwardInfer(
      BatchNorm problem,
      DeviceTensor x,
      DeviceTensor z,
      DeviceTensor gamma,
      DeviceTensor beta,
      DeviceTensor runningMean,
      DeviceTensor runningVariance,
      DeviceTensor y) {
    Normalisation normalisation = new Normalisation(problem, x, z, gamma, beta, y);
    ReferenceTensor mean = ReferenceTensor.of(runningMean);
    ReferenceTensor variance = ReferenceTensor.of(runningVariance);
    return () ->
        Parallel.forEach(
            problem.c(),
            c -> {
              double spread = (double) variance.data[variance.offset + c] + problem.epsilon();
              normalisation.run(c, mean.data[mean.offset + c], 1 / Math.sqrt(spread));
            });
  }

  @Override
  protected Step bindBackward(
      BatchNorm problem,
      DeviceTensor x,
      DeviceTensor y,
      DeviceTensor gamma,
      DeviceTensor beta,
      DeviceTensor dy,
      DeviceTensor saved,
      DeviceTensor dx,
      DeviceTensor dz,
      DeviceTensor dgamma,
      DeviceTensor dbeta,
      DeviceTensor workspace) {
    return new ReferenceBatchNormBackward(
        problem, x, y, gamma, beta, dy, saved, dx, dz, dgamma, dbeta);
  }

  /** What training and inference share: loops over one channel. */
  static final class Normalisation {
    private final BatchNorm problem;
    private final ReferenceTensor x;
    private final ReferenceTensor z;
    private final ReferenceTensor gamma;
    private final ReferenceTensor beta;
    private final ReferenceTensor y;

    Normalisation(
        BatchNorm problem,
        DeviceTensor x,
        DeviceTensor z,
        DeviceTensor gamma,
        DeviceTensor beta,
        DeviceTensor y) {
      this.problem = problem;
      this.x = ReferenceTensor.of(x);
      // Without a residual z is never read; x stands in so that no loop has to ask.
      this.z = ReferenceTensor.of(problem.residual() ? z : x);
      this.gamma = ReferenceTensor.of(gamma);
      this.beta = ReferenceTensor.of(beta);
      this.y = ReferenceTensor.of(y);
    }

    void run(int c, float mean, double inverse) {
      float slope = (float) (gamma.data[gamma.offset + c] * inverse);
      float shift = beta.data[beta.offset + c];
      for (int n = 0; n < problem.n(); n++) {
        int first = (n * problem.c() + c) * problem.area();
        for (int i = first; i < first + problem.area(); i++) {
          float value = (x.data[x.offset + i] - mean) * slope + shift;
          float sum = problem.residual() ? value + z.data[z.offset + i] : value;
          y.data[y.offset + i] = problem.relu() ? Math.max(sum, 0) : sum;
        }
      }
    }
  }
}
