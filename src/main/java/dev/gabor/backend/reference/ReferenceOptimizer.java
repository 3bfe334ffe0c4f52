package dev.gabor.backend.reference;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Hyperparameters;
import dev.gabor.backend.OptimizerOps;
import dev.gabor.backend.Step;
import dev.gabor.backend.UpdateRule;
import java.util.List;

/** Parameter updates in float, as PyTorch does them; norms in double. */
final class ReferenceOptimizer extends OptimizerOps {
  private static final double NORM_EPSILON = 1e-6;

  @Override
  protected Step bindClipScale(
      List<DeviceTensor> gradients, DeviceTensor factor, DeviceTensor workspace, float maxNorm) {
    List<ReferenceTensor> blocks = gradients.stream().map(ReferenceTensor::of).toList();
    ReferenceTensor scale = ReferenceTensor.of(factor);
    return () -> {
      double squares = 0;
      for (ReferenceTensor block : blocks) {
        for (int i = block.offset; i < block.offset + block.size; i++) {
          squares += (double) block.data[i] * block.data[i];
        }
      }
      double wanted = maxNorm / (Math.sqrt(squares) + NORM_EPSILON);
      scale.data[scale.offset] = (float) Math.min(1, wanted);
    };
  }

  @Override
  protected Step bindUpdate(
      UpdateRule rule,
      DeviceTensor gradient,
      DeviceTensor scale,
      List<DeviceTensor> states,
      DeviceTensor w,
      Hyperparameters hyperparameters) {
    return new Update(rule, gradient, scale, states, w, hyperparameters);
  }

  /** One bound update. */
  private static final class Update implements Step {
    private final UpdateRule rule;
    private final ReferenceTensor gradient;
    private final DeviceTensor scale;
    private final ReferenceTensor w;
    // Rules with fewer states leave these at the parameters, unread.
    private final ReferenceTensor first;
    private final ReferenceTensor second;
    private final Hyperparameters hyperparameters;
    private final float momentum;
    private final float epsilon;

    Update(
        UpdateRule rule,
        DeviceTensor gradient,
        DeviceTensor scale,
        List<DeviceTensor> states,
        DeviceTensor w,
        Hyperparameters hyperparameters) {
      this.rule = rule;
      this.gradient = ReferenceTensor.of(gradient);
      this.scale = scale;
      this.w = ReferenceTensor.of(w);
      this.first = states.isEmpty() ? this.w : ReferenceTensor.of(states.get(0));
      this.second = states.size() < 2 ? this.w : ReferenceTensor.of(states.get(1));
      this.hyperparameters = hyperparameters;
      this.momentum = (float) rule.momentum();
      this.epsilon = (float) rule.epsilon();
    }

    @Override
    public void run() {
      double rate = hyperparameters.learningRate();
      int step = hyperparameters.step();
      float factor = scale.isPresent() ? first(ReferenceTensor.of(scale)) : 1;
      float stepSize = rule.stepSize(rate, step);
      float rootScale = rule.rootScale(step);
      float keep = (float) (1 - rate * rule.decoupledDecay());
      float decay = (float) rule.weightDecay();
      float limit = (float) rule.clipValue();
      Parallel.ranges(
          w.size,
          (from, to) -> {
            for (int i = from; i < to; i++) {
              float before = w.data[w.offset + i];
              float g = clamp(gradient.data[gradient.offset + i] * factor, limit);
              float change = change(i, g + decay * before, rootScale);
              w.data[w.offset + i] = before * keep - stepSize * change;
            }
          });
    }

    /** What the step size multiplies; brings the states of element i up to date. */
    private float change(int i, float g, float rootScale) {
      int a = first.offset + i;
      int b = second.offset + i;
      return switch (rule.kind()) {
        case SGD -> g;
        case MOMENTUM -> {
          first.data[a] = momentum * first.data[a] + g;
          yield first.data[a];
        }
        case NESTEROV -> {
          first.data[a] = momentum * first.data[a] + g;
          yield g + momentum * first.data[a];
        }
        case RMSPROP -> {
          first.data[a] = average(first.data[a], g * g, rule.smoothing());
          float scaled = g / ((float) Math.sqrt(first.data[a]) + epsilon);
          if (momentum > 0) {
            second.data[b] = momentum * second.data[b] + scaled;
            yield second.data[b];
          }
          yield scaled;
        }
        case ADAM -> {
          first.data[a] = average(first.data[a], g, rule.momentum());
          second.data[b] = average(second.data[b], g * g, rule.smoothing());
          yield first.data[a] / ((float) Math.sqrt(second.data[b]) * rootScale + epsilon);
        }
      };
    }

    private static float average(float old, float value, double smoothing) {
      return (float) smoothing * old + (float) (1 - smoothing) * value;
    }

    /** NaN stays NaN, so that a broken gradient shows. */
    private static float clamp(float g, float limit) {
      return g > limit ? limit : g < -limit ? -limit : g;
    }

    private static float first(ReferenceTensor tensor) {
      return tensor.data[tensor.offset];
    }
  }
}
