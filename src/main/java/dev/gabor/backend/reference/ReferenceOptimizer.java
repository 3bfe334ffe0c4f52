package dev.gabor.backend.reference;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.Hyperparameters;
import dev.gabor.backend.OptimizerOps;
import dev.gabor.backend.Segments;
import dev.gabor.backend.Step;
import dev.gabor.backend.UpdateRule;
import java.util.List;

/** Parameter updates in float, as PyTorch does them; norms and their ratios in double. */
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
      Hyperparameters hyperparameters,
      DeviceTensor segments,
      DeviceTensor ratios) {
    return new Update(rule, gradient, scale, states, w, hyperparameters, segments, ratios);
  }

  @Override
  protected Step bindTrustRatios(
      UpdateRule rule,
      DeviceTensor gradient,
      DeviceTensor scale,
      DeviceTensor w,
      DeviceTensor pieces,
      DeviceTensor ranges,
      DeviceTensor sums,
      DeviceTensor ratios) {
    ReferenceTensor g = ReferenceTensor.of(gradient);
    ReferenceTensor values = ReferenceTensor.of(w);
    ReferenceTensor cuts = ReferenceTensor.of(pieces);
    ReferenceTensor parts = ReferenceTensor.of(ranges);
    ReferenceTensor result = ReferenceTensor.of(ratios);
    return () -> {
      double factor = scale.isPresent() ? first(scale) : 1;
      for (int s = 0; s < result.size; s++) {
        int piece = (int) parts.data[parts.offset + 2 * s];
        int last = piece + (int) parts.data[parts.offset + 2 * s + 1] - 1;
        int from = Segments.RUN * (int) cuts.data[cuts.offset + 2 * piece];
        int lastFrom = (int) cuts.data[cuts.offset + 2 * last];
        int to = Segments.RUN * (lastFrom + (int) cuts.data[cuts.offset + 2 * last + 1]);
        double norm = norm(values, from, to);
        double slope = factor * norm(g, from, to);
        result.data[result.offset + s] =
            norm == 0 || slope == 0
                ? 1
                : (float) (rule.epsilon() * norm / (slope + rule.weightDecay() * norm));
      }
    };
  }

  private static float first(DeviceTensor tensor) {
    ReferenceTensor one = ReferenceTensor.of(tensor);
    return one.data[one.offset];
  }

  private static double norm(ReferenceTensor tensor, int from, int to) {
    double squares = 0;
    for (int i = tensor.offset + from; i < tensor.offset + to; i++) {
      squares += (double) tensor.data[i] * tensor.data[i];
    }
    return Math.sqrt(squares);
  }

  @Override
  protected Step bindBlend(DeviceTensor x, DeviceTensor y, Blend factors) {
    ReferenceTensor from = ReferenceTensor.of(x);
    ReferenceTensor into = ReferenceTensor.of(y);
    return () -> {
      float keep = factors.keep();
      float add = factors.add();
      Parallel.ranges(
          into.size,
          (begin, end) -> {
            for (int i = begin; i < end; i++) {
              into.data[into.offset + i] =
                  keep * into.data[into.offset + i] + add * from.data[from.offset + i];
            }
          });
    };
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
    private final DeviceTensor segments;
    private final DeviceTensor ratios;
    private final float momentum;
    private final float epsilon;

    Update(
        UpdateRule rule,
        DeviceTensor gradient,
        DeviceTensor scale,
        List<DeviceTensor> states,
        DeviceTensor w,
        Hyperparameters hyperparameters,
        DeviceTensor segments,
        DeviceTensor ratios) {
      this.rule = rule;
      this.gradient = ReferenceTensor.of(gradient);
      this.scale = scale;
      this.w = ReferenceTensor.of(w);
      this.first = states.isEmpty() ? this.w : ReferenceTensor.of(states.get(0));
      this.second = states.size() < 2 ? this.w : ReferenceTensor.of(states.get(1));
      this.hyperparameters = hyperparameters;
      this.segments = segments;
      this.ratios = ratios;
      this.momentum = (float) rule.momentum();
      this.epsilon = (float) rule.epsilon();
    }

    @Override
    public void run() {
      double rate = hyperparameters.learningRate();
      int step = hyperparameters.step();
      float factor = scale.isPresent() ? first(scale) : 1;
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
              float change = change(i, g + decay * before, stepSize, rootScale);
              w.data[w.offset + i] = before * keep - change;
            }
          });
    }

    /** What is taken away; brings the states of element i up to date. */
    private float change(int i, float g, float stepSize, float rootScale) {
      if (rule.kind() == UpdateRule.Kind.LARS) {
        int a = first.offset + i;
        first.data[a] = momentum * first.data[a] + stepSize * ratio(i) * g;
        return first.data[a];
      }
      return stepSize * direction(i, g, rootScale);
    }

    private float ratio(int i) {
      if (!ratios.isPresent()) {
        return 1;
      }
      ReferenceTensor numbers = ReferenceTensor.of(segments);
      ReferenceTensor values = ReferenceTensor.of(ratios);
      return values.data[values.offset + (int) numbers.data[numbers.offset + i / Segments.RUN]];
    }

    /** What the step size multiplies. */
    private float direction(int i, float g, float rootScale) {
      int a = first.offset + i;
      int b = second.offset + i;
      return switch (rule.kind()) {
        case SGD, LARS -> g;
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
        case ADAGRAD -> {
          first.data[a] += g * g;
          yield g / ((float) Math.sqrt(first.data[a]) + epsilon);
        }
        case ADADELTA -> {
          first.data[a] = average(first.data[a], g * g, rule.smoothing());
          double ratio = Math.sqrt(second.data[b] + epsilon) / Math.sqrt(first.data[a] + epsilon);
          float delta = (float) (ratio * g);
          second.data[b] = average(second.data[b], delta * delta, rule.smoothing());
          yield delta;
        }
        case LION -> {
          float sign = Math.signum(average(first.data[a], g, rule.momentum()));
          first.data[a] = average(first.data[a], g, rule.smoothing());
          yield sign;
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
  }
}
