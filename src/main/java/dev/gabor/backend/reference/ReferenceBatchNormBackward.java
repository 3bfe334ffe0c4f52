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
  private final ReferenceTensor beta;
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
      DeviceTensor beta,
      DeviceTensor dy,
      DeviceTensor saved,
      DeviceTensor dx,
      DeviceTensor dz,
      DeviceTensor dgamma,
      DeviceTensor dbeta) {
    this.problem = problem;
    this.x = ReferenceTensor.of(x);
    // Where y is never read, dy stands in so that no loop has to ask.
    this.y = ReferenceTensor.of(problem.masksByResult() ? y : dy);
    this.gamma = ReferenceTensor.of(gamma);
    this.beta = ReferenceTensor.of(beta);
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

  /** What one channel is normalised by: y = relu?((x − mean) slope + shift + z?). */
  private record Channel(int index, float mean, float slope, float shift) {}

  private void channel(int c) {
    float mean = saved.data[saved.offset + c];
    float inverse = saved.data[saved.offset + problem.c() + c];
    float slope = gamma.data[gamma.offset + c] * inverse;
    Channel channel = new Channel(c, mean, slope, beta.data[beta.offset + c]);
    double sum = 0;
    double product = 0;
    for (int n = 0; n < problem.n(); n++) {
      int first = (n * problem.c() + c) * problem.area();
      for (int i = first; i < first + problem.area(); i++) {
        double g = masked(i, channel);
        sum += g;
        product += g * ((double) x.data[x.offset + i] - mean);
      }
    }
    double dScale = product * inverse;
    dbeta.data[dbeta.offset + c] = (float) sum;
    dgamma.data[dgamma.offset + c] = (float) dScale;
    if (dx.isPresent()) {
      input(channel, (float) (sum / problem.rows()), (float) (dScale * inverse / problem.rows()));
    } else if (dz.isPresent()) {
      residual(channel);
    }
  }

  /** dx and, where wanted, dz; g is read before either is written, for dx or dz may be dy. */
  private void input(Channel channel, float share, float tilt) {
    ReferenceTensor dInput = ReferenceTensor.of(dx);
    // Written twice instead of branching where nobody wants dz: dx second.
    ReferenceTensor dAdded = ReferenceTensor.of(dz.isPresent() ? dz : dx);
    for (int n = 0; n < problem.n(); n++) {
      int first = (n * problem.c() + channel.index()) * problem.area();
      for (int i = first; i < first + problem.area(); i++) {
        float g = masked(i, channel);
        float centred = x.data[x.offset + i] - channel.mean();
        dAdded.data[dAdded.offset + i] = g;
        dInput.data[dInput.offset + i] = channel.slope() * (g - share - centred * tilt);
      }
    }
  }

  private void residual(Channel channel) {
    ReferenceTensor dAdded = ReferenceTensor.of(dz);
    for (int n = 0; n < problem.n(); n++) {
      int first = (n * problem.c() + channel.index()) * problem.area();
      for (int i = first; i < first + problem.area(); i++) {
        dAdded.data[dAdded.offset + i] = masked(i, channel);
      }
    }
  }

  /** g of an element; without a residual its y is computed again, as the forward pass did. */
  private float masked(int i, Channel channel) {
    float result =
        problem.masksByResult()
            ? y.data[y.offset + i]
            : (x.data[x.offset + i] - channel.mean()) * channel.slope() + channel.shift();
    return problem.relu() && !(result > 0) ? 0 : dy.data[dy.offset + i];
  }
}
