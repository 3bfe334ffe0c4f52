package dev.gabor.backend.reference;

import dev.gabor.backend.BatchNorm;
import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Step;

/** The gradients of batch normalisation, one task a channel, sums in double. */
final class ReferenceBatchNormBackward implements Step {
  private final BatchNorm problem;
  private final ReferenceTensor x;
  private final ReferenceTensor y;
  private final ReferenceTensor gamma;
  private final ReferenceTensor dy;
  private final ReferenceTensor saved;
  private final DeviceTensor dx;
  private final DeviceTensor dz;
  private final ReferenceTensor dgamma;
  private final ReferenceTensor dbeta;

  ReferenceBatchNormBackward(
      BatchNorm problem,
      DeviceTensor x,
      DeviceTensor y,
      DeviceTensor gamma,
      DeviceTensor dy,
      DeviceTensor saved,
      DeviceTensor dx,
      DeviceTensor dz,
      DeviceTensor dgamma,
      DeviceTensor dbeta) {
    this.problem = problem;
    this.x = ReferenceTensor.of(x);
    // Without a ReLU y is never read; dy stands in so that no loop has to ask.
    this.y = ReferenceTensor.of(problem.relu() ? y : dy);
    this.gamma = ReferenceTensor.of(gamma);
    this.dy = ReferenceTensor.of(dy);
    this.saved = ReferenceTensor.of(saved);
    this.dx = dx;
    this.dz = dz;
    this.dgamma = ReferenceTensor.of(dgamma);
    this.dbeta = ReferenceTensor.of(dbeta);
  }

  @Override
  public void run() {
    Parallel.forEach(problem.c(), this::channel);
  }

  private void channel(int c) {
    double mean = saved.data[saved.offset + c];
    double inverse = saved.data[saved.offset + problem.c() + c];
    double sum = 0;
    double product = 0;
    for (int n = 0; n < problem.n(); n++) {
      int first = (n * problem.c() + c) * problem.area();
      for (int i = first; i < first + problem.area(); i++) {
        double g = masked(i);
        sum += g;
        product += g * (x.data[x.offset + i] - mean);
      }
    }
    double dScale = product * inverse;
    dbeta.data[dbeta.offset + c] = (float) sum;
    dgamma.data[dgamma.offset + c] = (float) dScale;
    if (dx.isPresent()) {
      float slope = (float) (gamma.data[gamma.offset + c] * inverse);
      float tilt = (float) (dScale * inverse / problem.rows());
      input(c, (float) mean, slope, (float) (sum / problem.rows()), tilt);
    } else if (dz.isPresent()) {
      residual(c);
    }
  }

  /** dx and, where wanted, dz; g is read before either is written, for dx or dz may be dy. */
  private void input(int c, float mean, float slope, float share, float tilt) {
    ReferenceTensor dInput = ReferenceTensor.of(dx);
    // Written twice instead of branching where nobody wants dz: dx second.
    ReferenceTensor dAdded = ReferenceTensor.of(dz.isPresent() ? dz : dx);
    for (int n = 0; n < problem.n(); n++) {
      int first = (n * problem.c() + c) * problem.area();
      for (int i = first; i < first + problem.area(); i++) {
        float g = masked(i);
        dAdded.data[dAdded.offset + i] = g;
        dInput.data[dInput.offset + i] = slope * (g - share - (x.data[x.offset + i] - mean) * tilt);
      }
    }
  }

  private void residual(int c) {
    ReferenceTensor dAdded = ReferenceTensor.of(dz);
    for (int n = 0; n < problem.n(); n++) {
      int first = (n * problem.c() + c) * problem.area();
      for (int i = first; i < first + problem.area(); i++) {
        dAdded.data[dAdded.offset + i] = masked(i);
      }
    }
  }

  private float masked(int i) {
    return problem.relu() && !(y.data[y.offset + i] > 0) ? 0 : dy.data[dy.offset + i];
  }
}
