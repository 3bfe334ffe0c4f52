package dev.gabor.backend.reference;

import dev.gabor.backend.DeviceTensor;
import dev.gabor.backend.GroupNorm;
import dev.gabor.backend.GroupNormOps;
import dev.gabor.backend.Step;

/**
 * Group normalisation, one task a group of a sample: mean and variance in two passes, all sums in
 * double. In the canonical order a group is one run of elements, also where it is a whole sample.
 */
final class ReferenceGroupNorm extends GroupNormOps {
  @Override
  public long workspaceBytes(GroupNorm problem) {
    return 0;
  }

  @Override
  protected Step bindForward(
      GroupNorm problem,
      DeviceTensor input,
      DeviceTensor weights,
      DeviceTensor biases,
      DeviceTensor output,
      DeviceTensor kept) {
    ReferenceTensor x = ReferenceTensor.of(input);
    ReferenceTensor y = ReferenceTensor.of(output);
    return () ->
        Parallel.forEach(
            problem.n() * problem.groups(),
            group -> {
              int first = group * problem.groupSize();
              double mean = sum(x, first, problem.groupSize()) / problem.groupSize();
              double squares = squares(x, first, problem.groupSize(), mean);
              double inverse = 1 / Math.sqrt(squares / problem.groupSize() + problem.epsilon());
              for (int k = 0; k < problem.groupChannels(); k++) {
                int c = group % problem.groups() * problem.groupChannels() + k;
                double slope = inverse * channel(weights, c, 1);
                double shift = channel(biases, c, 0);
                int begin = first + k * problem.area();
                for (int i = begin; i < begin + problem.area(); i++) {
                  y.data[y.offset + i] = (float) ((x.data[x.offset + i] - mean) * slope + shift);
                }
              }
              if (kept.isPresent()) {
                ReferenceTensor saved = ReferenceTensor.of(kept);
                saved.data[saved.offset + group] = (float) mean;
                saved.data[saved.offset + saved.size / 2 + group] = (float) inverse;
              }
            });
  }

  private static double sum(ReferenceTensor x, int first, int count) {
    double sum = 0;
    for (int i = x.offset + first; i < x.offset + first + count; i++) {
      sum += x.data[i];
    }
    return sum;
  }

  private static double squares(ReferenceTensor x, int first, int count, double mean) {
    double sum = 0;
    for (int i = x.offset + first; i < x.offset + first + count; i++) {
      double difference = x.data[i] - mean;
      sum += difference * difference;
    }
    return sum;
  }

  /** A number of a channel, or another where there are none. */
  private static double channel(DeviceTensor numbers, int c, double absent) {
    if (!numbers.isPresent()) {
      return absent;
    }
    ReferenceTensor tensor = ReferenceTensor.of(numbers);
    return tensor.data[tensor.offset + c];
  }

  @Override
  protected Step bindBackward(
      GroupNorm problem,
      DeviceTensor x,
      DeviceTensor weight,
      DeviceTensor dy,
      DeviceTensor saved,
      DeviceTensor dx,
      DeviceTensor dweight,
      DeviceTensor dbias,
      DeviceTensor workspace) {
    Backward backward =
        new Backward(
            problem, ReferenceTensor.of(x), ReferenceTensor.of(dy), ReferenceTensor.of(saved));
    return () -> {
      // First, because dx may be dy.
      if (weight.isPresent()) {
        ReferenceTensor scale = ReferenceTensor.of(dweight);
        ReferenceTensor shift = ReferenceTensor.of(dbias);
        Parallel.forEach(problem.c(), c -> backward.parameters(c, scale, shift));
      }
      if (dx.isPresent()) {
        ReferenceTensor result = ReferenceTensor.of(dx);
        Parallel.forEach(
            problem.n() * problem.groups(), group -> backward.input(group, weight, result));
      }
    };
  }

  private record Backward(
      GroupNorm problem, ReferenceTensor x, ReferenceTensor dy, ReferenceTensor saved) {
    double mean(int group) {
      return saved.data[saved.offset + group];
    }

    double inverse(int group) {
      return saved.data[saved.offset + saved.size / 2 + group];
    }

    void parameters(int c, ReferenceTensor dweight, ReferenceTensor dbias) {
      double sum = 0;
      double product = 0;
      for (int n = 0; n < problem.n(); n++) {
        int group = n * problem.groups() + c / problem.groupChannels();
        double mean = mean(group);
        double products = 0;
        int first = (n * problem.c() + c) * problem.area();
        for (int i = first; i < first + problem.area(); i++) {
          double slope = dy.data[dy.offset + i];
          sum += slope;
          products += slope * (x.data[x.offset + i] - mean);
        }
        product += products * inverse(group);
      }
      dweight.data[dweight.offset + c] = (float) product;
      dbias.data[dbias.offset + c] = (float) sum;
    }

    void input(int group, DeviceTensor weight, ReferenceTensor dx) {
      double mean = mean(group);
      double inverse = inverse(group);
      int begin = group % problem.groups() * problem.groupChannels();
      int first = group * problem.groupSize();
      double sum = 0;
      double product = 0;
      for (int k = 0; k < problem.groupChannels(); k++) {
        double factor = channel(weight, begin + k, 1);
        for (int i = first + k * problem.area(); i < first + (k + 1) * problem.area(); i++) {
          double p = factor * dy.data[dy.offset + i];
          sum += p;
          product += p * (x.data[x.offset + i] - mean);
        }
      }
      double share = sum / problem.groupSize();
      double tilt = product * inverse * inverse / problem.groupSize();
      for (int k = 0; k < problem.groupChannels(); k++) {
        double factor = channel(weight, begin + k, 1);
        for (int i = first + k * problem.area(); i < first + (k + 1) * problem.area(); i++) {
          double centred = factor * dy.data[dy.offset + i] - share;
          dx.data[dx.offset + i] =
              (float) (inverse * (centred - (x.data[x.offset + i] - mean) * tilt));
        }
      }
    }
  }
}
