// Layer normalisation for CPU drivers of rows that begin anywhere in a vector, with weights and without, in blocks of rows;
// and its gradients.

#include <math.h>

#include "harness.h"

#define EPSILON 1e-3
#define BOUND 2e-5

typedef struct {
  int samples, channels, turn;
  bool affine;
  float offset;  // of all x, which must not cost accuracy
} Problem;

typedef struct {
  size_t count, samples, channels;
  const float *x, *weight, *bias, *dy;
  double* normalised;
  double* saved;  // mean, then inverse, of each sample
} Data;

static Data begin(Problem p) {
  begin_case("layer_norm N=%d channels=%d turn=%d affine=%d offset=%g", p.samples, p.channels, p.turn, p.affine,
             (double)p.offset);
  const size_t channels = (size_t)p.channels;
  const size_t samples = (size_t)p.samples;
  const size_t count = samples * channels;
  const Data data = {count, samples, channels, uniform(count, p.offset - 2, p.offset + 2), uniform(channels, -2, 2),
                     uniform(channels, -1, 1), uniform(count, -1, 1), doubles(count), doubles(2 * samples)};
  for (size_t n = 0; n < samples; n++) {
    double mean = 0;
    double variance = 0;
    for (size_t c = 0; c < channels; c++) {
      mean += (double)data.x[n * channels + c] / (double)channels;
    }
    for (size_t c = 0; c < channels; c++) {
      variance += pow((double)data.x[n * channels + c] - mean, 2) / (double)channels;
    }
    data.saved[n] = mean;
    data.saved[samples + n] = 1 / sqrt(variance + EPSILON);
    for (size_t c = 0; c < channels; c++) {
      data.normalised[n * channels + c] = ((double)data.x[n * channels + c] - mean) * data.saved[samples + n];
    }
  }
  return data;
}

static double factor(Problem p, Data data, size_t i) { return p.affine ? (double)data.weight[i % data.channels] : 1; }

static void pass_locals(Kernel* k, Problem p, int rows, int arrays) {
  pass_local(k, (size_t)rows * (size_t)(divide_up(p.channels, 16) + 1) * 16 * sizeof(float));
  pass_local(k, (size_t)arrays * (size_t)(p.channels + 32) * sizeof(float));
}

static Buffer* try_forward(Problem p, Data data, Buffer* x, Buffer* weight) {
  Buffer* y = output("y", data.count);
  Buffer* saved = output("saved", 2 * data.samples);
  Kernel forward = kernel_of("layer_norm", "-DVECTOR=16", "layer_norm_forward");
  pass(&forward, x);
  pass(&forward, weight);
  pass(&forward, p.affine ? input("bias", data.bias, data.channels) : NULL);
  pass(&forward, y);
  pass(&forward, saved);
  pass_locals(&forward, p, 1, 2);
  INTEGERS(&forward, p.affine, 1, 0, p.samples, p.turn, p.channels);
  pass_float(&forward, (float)EPSILON);
  RUN(&forward, (size_t)divide_up(p.samples, p.turn), 1, 1);
  double* expected = doubles(data.count);
  for (size_t i = 0; i < data.count; i++) {
    expected[i] = data.normalised[i] * factor(p, data, i) + (p.affine ? (double)data.bias[i % data.channels] : 0);
  }
  expect(saved, data.saved, 2 * data.samples, BOUND);
  expect(y, expected, data.count, 8 * BOUND);
  return saved;
}

static void try_parameters(Problem p, Data data, Buffer* partial) {
  Buffer* dweight = output("dweight", data.channels);
  Buffer* dbias = output("dbias", data.channels);
  Kernel parameters = kernel_of("layer_norm", "-DVECTOR=16", "layer_norm_parameters");
  pass(&parameters, partial);
  pass(&parameters, dweight);
  pass(&parameters, dbias);
  INTEGERS(&parameters, divide_up(p.samples, p.turn), p.channels);
  RUN(&parameters, (size_t)divide_up(p.channels, 16), 1, 1);
  double* scale = doubles(data.channels);
  double* shift = doubles(data.channels);
  for (size_t i = 0; i < data.count; i++) {
    scale[i % data.channels] += (double)data.dy[i] * data.normalised[i];
    shift[i % data.channels] += (double)data.dy[i];
  }
  expect(dweight, scale, data.channels, 8 * BOUND);
  expect(dbias, shift, data.channels, BOUND);
}

static void try_case(Problem p) {
  const Data data = begin(p);
  Buffer* x = input("x", data.x, data.count);
  Buffer* weight = p.affine ? input("weight", data.weight, data.channels) : NULL;
  Buffer* saved = try_forward(p, data, x, weight);
  Buffer* partial = p.affine ? output("partial", 2 * (size_t)divide_up(p.samples, p.turn) * data.channels) : NULL;
  Buffer* dx = output("dx", data.count);
  Kernel backward = kernel_of("layer_norm", "-DVECTOR=16", "layer_norm_backward");
  pass(&backward, x);
  pass(&backward, weight);
  pass(&backward, input("dy", data.dy, data.count));
  pass(&backward, saved);
  pass(&backward, partial);
  pass(&backward, dx);
  pass_locals(&backward, p, 2, 3);
  INTEGERS(&backward, p.affine, 1, 0, p.samples, p.turn, p.channels);
  RUN(&backward, (size_t)divide_up(p.samples, p.turn), 1, 1);
  double* expected = doubles(data.count);
  for (size_t n = 0; n < data.samples; n++) {
    double level = 0;
    double tilt = 0;
    for (size_t i = n * data.channels; i < (n + 1) * data.channels; i++) {
      const double slope = (double)data.dy[i] * factor(p, data, i) / (double)data.channels;
      level += slope;
      tilt += slope * data.normalised[i];
    }
    for (size_t i = n * data.channels; i < (n + 1) * data.channels; i++) {
      const double slope = (double)data.dy[i] * factor(p, data, i);
      expected[i] = data.saved[data.samples + n] * (slope - level - data.normalised[i] * tilt);
    }
  }
  expect(dx, expected, data.count, 8 * BOUND);
  if (p.affine) {
    try_parameters(p, data, partial);
  }
  end_case();
}

int main(void) {
  // Samples, channels, rows of a work-item, affine, offset.
  const Problem problems[] = {
      {3, 7, 1, true, 0}, {5, 33, 2, true, 0}, {40, 13, 2, true, 0}, {2, 64, 2, false, 0}, {3, 100, 3, true, 30},
  };
  for (size_t i = 0; i < COUNT_OF(problems); i++) {
    try_case(problems[i]);
  }
  return finish();
}
