// Batch normalisation for training and inference, with and without residual and ReLU, and its gradients; rows dealt as
// for CPUs (consecutive) and as for GPUs (interleaved), in several launches and in one.

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"

#define EPSILON 1e-3
#define MOMENTUM 0.125
#define BOUND 2e-5

typedef struct {
  int rows, channels, vector;
  int folds;  // rows that count as one of a row kernel
  int lanes, laneStride, rowStep, rowsPerLane;
  size_t items[2];   // of a group of a row kernel
  size_t finish[2];  // of a group of a finish kernel
  bool residual, relu;
  float offset;  // of all x, which must not cost accuracy
} Problem;

typedef struct {
  size_t count, channels;
  const float *x, *z, *gamma, *beta, *dy, *running_mean, *running_variance;
  double *mean, *variance;
} Data;

static Problem consecutive(int rows, int channels, int vector, int per_lane) {
  return (Problem){.rows = rows, .channels = channels, .vector = vector, .folds = 1, .lanes = divide_up(rows, per_lane),
                   .laneStride = per_lane, .rowStep = 1, .rowsPerLane = per_lane, .items = {1, 1}, .finish = {1, 1}};
}

static Problem folded(int rows, int channels, int folds, int per_lane) {
  Problem p = consecutive(rows / folds, channels * folds, 16, per_lane);
  p.rows = rows;
  p.channels = channels;
  p.folds = folds;
  return p;
}

static Problem interleaved(int rows, int channels, int vector, int lanes) {
  return (Problem){.rows = rows, .channels = channels, .vector = vector, .folds = 1, .lanes = lanes, .laneStride = 1,
                   .rowStep = lanes, .rowsPerLane = divide_up(rows, lanes), .items = {2, 4}, .finish = {4, 3}};
}

static Kernel kernel(const char* name, Problem p) {
  char options[32];
  snprintf(options, sizeof(options), "-DVECTOR=%d", p.vector);
  const bool backward = strstr(name, "sums") || strstr(name, "backward");
  return kernel_of(backward ? "batch_norm_backward" : "batch_norm", options, name);
}

static void deal(Kernel* k, Problem p) {
  INTEGERS(k, p.rows / p.folds, p.channels * p.folds, p.channels, p.lanes, p.laneStride, p.rowStep, p.rowsPerLane);
}

// Whether results are stored past the caches: where every vector is aligned.
static int streams(Problem p) { return p.channels % p.vector == 0; }

static void run_rows(Kernel* k, Problem p) {
  deal(k, p);
  RUN_GROUPS(k, 1, divide_up(p.lanes, (int)p.items[1]), 1, p.items[0], p.items[1], 1);
}

static void run_finish(Kernel* k, Problem p) {
  RUN_GROUPS(k, divide_up(p.channels, (int)p.finish[0]), 1, 1, p.finish[0], p.finish[1], 1);
}

static Data begin(const char* name, Problem p) {
  begin_case("batch_norm %s: rows=%d channels=%d VECTOR=%d folds=%d lanes=%d rowStep=%d residual=%d relu=%d offset=%g", name,
             p.rows, p.channels, p.vector, p.folds, p.lanes, p.rowStep, p.residual, p.relu, (double)p.offset);
  const size_t channels = (size_t)p.channels;
  const size_t count = (size_t)p.rows * channels;
  const Data data = {count, channels, uniform(count, p.offset - 2, p.offset + 2), uniform(count, -1, 1),
                     uniform(channels, -2, 2), uniform(channels, -1, 1), uniform(count, -1, 1), uniform(channels, -1, 1),
                     uniform(channels, 1, 2), doubles(channels), doubles(channels)};
  for (size_t i = 0; i < count; i++) {
    data.mean[i % channels] += (double)data.x[i] / p.rows;
  }
  for (size_t i = 0; i < count; i++) {
    data.variance[i % channels] += pow((double)data.x[i] - data.mean[i % channels], 2) / p.rows;
  }
  return data;
}

static double inverse(double variance) { return 1 / sqrt(variance + EPSILON); }

static double normalised(Problem p, Data data, size_t i, double mean, double variance) {
  const size_t c = i % data.channels;
  const double y = (double)data.gamma[c] * ((double)data.x[i] - mean) * inverse(variance) + (double)data.beta[c] +
                   (p.residual ? (double)data.z[i] : 0);
  return p.relu && y < 0 ? 0 : y;
}

static void expect_statistics(Problem p, Data data, Buffer* saved, Buffer* running_mean, Buffer* running_variance) {
  double* expected = doubles(2 * data.channels);
  double* mean = doubles(data.channels);
  double* variance = doubles(data.channels);
  for (size_t c = 0; c < data.channels; c++) {
    expected[c] = data.mean[c];
    expected[data.channels + c] = inverse(data.variance[c]);
    mean[c] = (1 - MOMENTUM) * (double)data.running_mean[c] + MOMENTUM * data.mean[c];
    variance[c] = (1 - MOMENTUM) * (double)data.running_variance[c] +
                  MOMENTUM * data.variance[c] * p.rows / (p.rows - 1);
  }
  expect(saved, expected, 2 * data.channels, BOUND);
  expect(running_mean, mean, data.channels, BOUND);
  expect(running_variance, variance, data.channels, BOUND);
}

static void expect_normalised(Problem p, Data data, Buffer* y) {
  double* expected = doubles(data.count);
  for (size_t i = 0; i < data.count; i++) {
    expected[i] = normalised(p, data, i, data.mean[i % data.channels], data.variance[i % data.channels]);
  }
  expect(y, expected, data.count, 8 * BOUND);
}

// dz is NULL without a residual.
static void expect_gradients(Problem p, Data data, Buffer* y, Buffer* dgamma, Buffer* dbeta, Buffer* dx, Buffer* dz) {
  const float* y_values = values_of(y);
  double* g = doubles(data.count);
  double* beta_gradient = doubles(data.channels);
  double* gamma_gradient = doubles(data.channels);
  for (size_t i = 0; i < data.count; i++) {
    const size_t c = i % data.channels;
    g[i] = p.relu && y_values[i] <= 0 ? 0 : (double)data.dy[i];
    beta_gradient[c] += g[i];
    gamma_gradient[c] += g[i] * ((double)data.x[i] - data.mean[c]) * inverse(data.variance[c]);
  }
  double* gradient = doubles(data.count);
  for (size_t i = 0; i < data.count; i++) {
    const size_t c = i % data.channels;
    const double x_hat = ((double)data.x[i] - data.mean[c]) * inverse(data.variance[c]);
    gradient[i] = (double)data.gamma[c] * inverse(data.variance[c]) *
                  (g[i] - beta_gradient[c] / p.rows - x_hat * gamma_gradient[c] / p.rows);
  }
  expect(dbeta, beta_gradient, data.channels, BOUND);
  expect(dgamma, gamma_gradient, data.channels, 8 * BOUND);
  expect(dx, gradient, data.count, 8 * BOUND);
  if (dz) {
    expect(dz, g, data.count, 0);
  }
}

// Mean and inverse, as the gradient needs them.
static Buffer* try_statistics(Problem p, Data data, Buffer* x) {
  Buffer* partial = output("partial", 2 * (size_t)(p.lanes * p.folds) * data.channels);
  Kernel statistics = kernel("batch_norm_statistics", p);
  pass(&statistics, x);
  pass(&statistics, partial);
  run_rows(&statistics, p);
  Buffer* saved = output("saved", 2 * data.channels);
  Buffer* running_mean = updated("runningMean", data.running_mean, data.channels);
  Buffer* running_variance = updated("runningVariance", data.running_variance, data.channels);
  Kernel finish_kernel = kernel("batch_norm_finish_statistics", p);
  pass(&finish_kernel, partial);
  pass(&finish_kernel, saved);
  pass(&finish_kernel, running_mean);
  pass(&finish_kernel, running_variance);
  pass_local(&finish_kernel, 3 * p.finish[0] * p.finish[1] * sizeof(float));
  deal(&finish_kernel, p);
  pass_float(&finish_kernel, (float)EPSILON);
  pass_float(&finish_kernel, (float)MOMENTUM);
  run_finish(&finish_kernel, p);
  expect_statistics(p, data, saved, running_mean, running_variance);
  return saved;
}

// 2: the mask of the ReLU is taken from y; 1: from x, which must come out the same.
static int mask_of(Problem p) { return p.relu ? 1 + p.residual : 0; }

static void try_backward(Problem p, Data data, Buffer* x, Buffer* y, Buffer* gamma, Buffer* beta, Buffer* saved) {
  const int mask = mask_of(p);
  Buffer* y_read = mask == 2 ? y : NULL;
  Buffer* dy = input("dy", data.dy, data.count);
  Buffer* partial = output("partial", 2 * (size_t)(p.lanes * p.folds) * data.channels);
  Kernel sums = kernel("batch_norm_sums", p);
  pass(&sums, x);
  pass(&sums, y_read);
  pass(&sums, gamma);
  pass(&sums, beta);
  pass(&sums, dy);
  pass(&sums, saved);
  pass(&sums, partial);
  INTEGERS(&sums, mask);
  run_rows(&sums, p);
  Buffer* dgamma = output("dgamma", data.channels);
  Buffer* dbeta = output("dbeta", data.channels);
  Kernel finish_kernel = kernel("batch_norm_finish_sums", p);
  pass(&finish_kernel, partial);
  pass(&finish_kernel, saved);
  pass(&finish_kernel, dgamma);
  pass(&finish_kernel, dbeta);
  pass_local(&finish_kernel, 2 * p.finish[0] * p.finish[1] * sizeof(float));
  INTEGERS(&finish_kernel, p.channels, p.lanes * p.folds);
  run_finish(&finish_kernel, p);
  Buffer* dx = output("dx", data.count);
  Buffer* dz = p.residual ? output("dz", data.count) : NULL;
  Kernel backward = kernel("batch_norm_backward", p);
  Buffer* const arguments[] = {x, y_read, gamma, beta, dy, saved, dgamma, dbeta, dx, dz};
  for (size_t i = 0; i < COUNT_OF(arguments); i++) {
    pass(&backward, arguments[i]);
  }
  INTEGERS(&backward, 1, p.residual, mask, streams(p));
  run_rows(&backward, p);
  expect_gradients(p, data, y, dgamma, dbeta, dx, dz);
}

static void try_training(Problem p) {
  const Data data = begin("training", p);
  Buffer* x = input("x", data.x, data.count);
  Buffer* gamma = input("gamma", data.gamma, data.channels);
  Buffer* beta = input("beta", data.beta, data.channels);
  Buffer* saved = try_statistics(p, data, x);
  Buffer* y = output("y", data.count);
  Kernel train = kernel("batch_norm_train", p);
  pass(&train, x);
  pass(&train, p.residual ? input("z", data.z, data.count) : NULL);
  pass(&train, gamma);
  pass(&train, beta);
  pass(&train, saved);
  pass(&train, y);
  INTEGERS(&train, p.residual, p.relu, streams(p));
  run_rows(&train, p);
  expect_normalised(p, data, y);
  try_backward(p, data, x, y, gamma, beta, saved);
  end_case();
}

static void run_at_once(Kernel* k, Problem p) {
  INTEGERS(k, p.rows, p.channels);
  RUN_GROUPS(k, divide_up(p.channels, 16), 1, 1, 1, 1, 1);
}

// Both passes in a launch each; and the statistics alone.
static void try_at_once(Problem p) {
  const Data data = begin("at once", p);
  Buffer* x = input("x", data.x, data.count);
  Buffer* gamma = input("gamma", data.gamma, data.channels);
  Buffer* beta = input("beta", data.beta, data.channels);
  Buffer* saved = NULL;
  Buffer* y = NULL;
  for (int want_y = 0; want_y < 2; want_y++) {
    saved = output("saved", 2 * data.channels);
    Buffer* running_mean = updated("runningMean", data.running_mean, data.channels);
    Buffer* running_variance = updated("runningVariance", data.running_variance, data.channels);
    y = want_y ? output("y", data.count) : NULL;
    Kernel train = kernel("batch_norm_train_at_once", p);
    Buffer* const arguments[] = {x, p.residual && want_y ? input("z", data.z, data.count) : NULL, gamma, beta, saved,
                                 running_mean, running_variance, y};
    for (size_t i = 0; i < COUNT_OF(arguments); i++) {
      pass(&train, arguments[i]);
    }
    pass_float(&train, (float)EPSILON);
    pass_float(&train, (float)MOMENTUM);
    INTEGERS(&train, want_y, p.residual, p.relu, streams(p));
    run_at_once(&train, p);
    expect_statistics(p, data, saved, running_mean, running_variance);
  }
  expect_normalised(p, data, y);
  for (int want = 0; want < 2; want++) {
    Buffer* dgamma = output("dgamma", data.channels);
    Buffer* dbeta = output("dbeta", data.channels);
    Buffer* dx = want ? output("dx", data.count) : NULL;
    Buffer* dz = want && p.residual ? output("dz", data.count) : NULL;
    Kernel backward = kernel("batch_norm_backward_at_once", p);
    Buffer* const arguments[] = {x, mask_of(p) == 2 ? y : NULL, gamma, beta, input("dy", data.dy, data.count), saved,
                                 dgamma, dbeta, dx, dz};
    for (size_t i = 0; i < COUNT_OF(arguments); i++) {
      pass(&backward, arguments[i]);
    }
    INTEGERS(&backward, want, want && p.residual, mask_of(p), streams(p));
    run_at_once(&backward, p);
    if (want) {
      expect_gradients(p, data, y, dgamma, dbeta, dx, dz);
    }
  }
  end_case();
}

static void try_inference(Problem p) {
  const Data data = begin("inference", p);
  Buffer* y = output("y", data.count);
  Kernel infer = kernel("batch_norm_infer", p);
  pass(&infer, input("x", data.x, data.count));
  pass(&infer, p.residual ? input("z", data.z, data.count) : NULL);
  pass(&infer, input("gamma", data.gamma, data.channels));
  pass(&infer, input("beta", data.beta, data.channels));
  pass(&infer, input("runningMean", data.running_mean, data.channels));
  pass(&infer, input("runningVariance", data.running_variance, data.channels));
  pass(&infer, y);
  pass_float(&infer, (float)EPSILON);
  INTEGERS(&infer, p.residual, p.relu, streams(p));
  run_rows(&infer, p);
  double* expected = doubles(data.count);
  for (size_t i = 0; i < data.count; i++) {
    const size_t c = i % data.channels;
    expected[i] = normalised(p, data, i, (double)data.running_mean[c], (double)data.running_variance[c]);
  }
  expect(y, expected, data.count, 8 * BOUND);
  end_case();
}

int main(void) {
  const Problem problems[] = {
      consecutive(2, 1, 16, 8),  consecutive(33, 7, 16, 13), consecutive(20, 33, 16, 20),
      consecutive(19, 80, 16, 11), folded(38, 32, 2, 9), folded(60, 48, 4, 15),
      interleaved(7, 13, 4, 1),  interleaved(33, 5, 4, 6),   interleaved(41, 20, 4, 5),
  };
  for (size_t i = 0; i < COUNT_OF(problems); i++) {
    for (int flags = 0; flags < 4; flags++) {
      Problem p = problems[i];
      p.residual = flags & 1;
      p.relu = (flags & 2) != 0;
      try_training(p);
      try_inference(p);
    }
  }
  const Problem small[] = {
      consecutive(2, 1, 16, 2), consecutive(33, 70, 16, 33), consecutive(20, 128, 16, 20), consecutive(9, 32, 16, 9),
  };
  for (size_t i = 0; i < COUNT_OF(small); i++) {
    for (int flags = 0; flags < 4; flags++) {
      Problem p = small[i];
      p.residual = flags & 1;
      p.relu = (flags & 2) != 0;
      try_at_once(p);
    }
  }
  Problem far = consecutive(33, 7, 16, 13);
  far.offset = 30;
  try_training(far);
  far = consecutive(33, 7, 16, 33);
  far.offset = 30;
  try_at_once(far);
  return finish();
}
