// Group normalisation with one group, several and one for each channel, in slices of a group and of several, with weights
// and without, on images and on one row, by work-groups of every size; and its gradients.

#include <math.h>
#include <stdio.h>

#include "harness.h"

#define EPSILON 1e-3
#define BOUND 2e-5

typedef struct {
  int samples, rows, channels, groups, vector;
  int slice_groups, across, items;
  bool affine;
  float offset;  // of all x, which must not cost accuracy
} Problem;

typedef struct {
  size_t count, channels, numbers;
  const float *x, *weight, *bias, *dy;
  double *mean, *inverse;  // of each sample and group
} Data;

static Kernel kernel(const char* name, Problem p) {
  char options[32];
  snprintf(options, sizeof(options), "-DVECTOR=%d", p.vector);
  return kernel_of("group_norm", options, name);
}

// The sample and group of an element.
static size_t group_of(Problem p, size_t i) {
  const size_t channel = i % (size_t)p.channels;
  const size_t sample = i / ((size_t)p.rows * (size_t)p.channels);
  return sample * (size_t)p.groups + channel / (size_t)(p.channels / p.groups);
}

static Data begin(Problem p) {
  begin_case("group_norm N=%d rows=%d channels=%d groups=%d VECTOR=%d slice=%d across=%d items=%d affine=%d offset=%g",
             p.samples, p.rows, p.channels, p.groups, p.vector, p.slice_groups, p.across, p.items, p.affine,
             (double)p.offset);
  const size_t channels = (size_t)p.channels;
  const size_t count = (size_t)p.samples * (size_t)p.rows * channels;
  const size_t numbers = (size_t)p.samples * (size_t)p.groups;
  const Data data = {count, channels, numbers, uniform(count, p.offset - 2, p.offset + 2), uniform(channels, -2, 2),
                     uniform(channels, -1, 1), uniform(count, -1, 1), doubles(numbers), doubles(numbers)};
  const double size = (double)count / (double)numbers;
  double* variance = doubles(numbers);
  for (size_t i = 0; i < count; i++) {
    data.mean[group_of(p, i)] += (double)data.x[i] / size;
  }
  for (size_t i = 0; i < count; i++) {
    variance[group_of(p, i)] += pow((double)data.x[i] - data.mean[group_of(p, i)], 2) / size;
  }
  for (size_t i = 0; i < numbers; i++) {
    data.inverse[i] = 1 / sqrt(variance[i] + EPSILON);
  }
  return data;
}

static double normalised(Problem p, Data data, size_t i) {
  const size_t group = group_of(p, i);
  return ((double)data.x[i] - data.mean[group]) * data.inverse[group];
}

static double factor(Problem p, Data data, size_t i) { return p.affine ? (double)data.weight[i % data.channels] : 1; }

static void run(Kernel* k, Problem p) {
  INTEGERS(k, p.rows, p.channels, p.groups, p.slice_groups, p.across);
}

static void run_slices(Kernel* k, Problem p) {
  RUN_GROUPS(k, divide_up(p.groups, p.slice_groups), p.samples, 1, (size_t)p.items, 1, 1);
}

static void pass_shared(Kernel* k, Problem p, int floats) {
  pass_local(k, (size_t)floats * (size_t)p.items * (size_t)p.vector * sizeof(float));
}

static Buffer* try_forward(Problem p, Data data, Buffer* x, Buffer* weight) {
  Buffer* y = output("y", data.count);
  Buffer* saved = output("saved", 2 * data.numbers);
  Kernel forward = kernel("group_norm_forward", p);
  pass(&forward, x);
  pass(&forward, weight);
  pass(&forward, p.affine ? input("bias", data.bias, data.channels) : NULL);
  pass(&forward, y);
  pass(&forward, saved);
  pass_shared(&forward, p, 1);
  INTEGERS(&forward, p.affine, 1);
  run(&forward, p);
  pass_float(&forward, (float)EPSILON);
  run_slices(&forward, p);
  double* expected = doubles(data.count);
  for (size_t i = 0; i < data.count; i++) {
    expected[i] = normalised(p, data, i) * factor(p, data, i) + (p.affine ? (double)data.bias[i % data.channels] : 0);
  }
  double* numbers = doubles(2 * data.numbers);
  for (size_t i = 0; i < data.numbers; i++) {
    numbers[i] = data.mean[i];
    numbers[data.numbers + i] = data.inverse[i];
  }
  expect(saved, numbers, 2 * data.numbers, BOUND);
  expect(y, expected, data.count, 8 * BOUND);
  return saved;
}

static void try_parameters(Problem p, Data data, Buffer* sums, Buffer* x, Buffer* saved) {
  Buffer* dweight = output("dweight", data.channels);
  Buffer* dbias = output("dbias", data.channels);
  Kernel parameters = kernel("group_norm_parameters", p);
  pass(&parameters, sums);
  pass(&parameters, x);
  pass(&parameters, saved);
  pass(&parameters, dweight);
  pass(&parameters, dbias);
  pass_shared(&parameters, p, 2);
  INTEGERS(&parameters, x != NULL, p.samples, x ? 1 : p.items / p.across, p.channels, p.groups, p.across);
  RUN_GROUPS(&parameters, divide_up(p.channels, p.across * p.vector), 1, 1, (size_t)p.items, 1, 1);
  double* scale = doubles(data.channels);
  double* shift = doubles(data.channels);
  for (size_t i = 0; i < data.count; i++) {
    scale[i % data.channels] += (double)data.dy[i] * normalised(p, data, i);
    shift[i % data.channels] += (double)data.dy[i];
  }
  expect(dweight, scale, data.channels, 8 * BOUND);
  expect(dbias, shift, data.channels, BOUND);
}

static void try_case(Problem p) {
  const Data data = begin(p);
  Buffer* x = input("x", data.x, data.count);
  Buffer* dy = input("dy", data.dy, data.count);
  Buffer* weight = p.affine ? input("weight", data.weight, data.channels) : NULL;
  Buffer* saved = try_forward(p, data, x, weight);
  const bool sums_wanted = p.affine && p.rows > 1;
  Buffer* sums =
      sums_wanted ? output("sums", 2 * (size_t)p.samples * (size_t)(p.items / p.across) * data.channels) : NULL;
  Buffer* dx = output("dx", data.count);
  Kernel backward = kernel("group_norm_backward", p);
  pass(&backward, x);
  pass(&backward, weight);
  pass(&backward, dy);
  pass(&backward, saved);
  pass(&backward, sums);
  pass(&backward, dx);
  pass_shared(&backward, p, 1);
  INTEGERS(&backward, p.affine, sums_wanted, 1);
  run(&backward, p);
  run_slices(&backward, p);
  double* level = doubles(data.numbers);
  double* tilt = doubles(data.numbers);
  const double share = (double)data.numbers / (double)data.count;
  for (size_t i = 0; i < data.count; i++) {
    const double slope = (double)data.dy[i] * factor(p, data, i) * share;
    level[group_of(p, i)] += slope;
    tilt[group_of(p, i)] += slope * normalised(p, data, i);
  }
  double* expected = doubles(data.count);
  for (size_t i = 0; i < data.count; i++) {
    const size_t group = group_of(p, i);
    const double slope = (double)data.dy[i] * factor(p, data, i);
    expected[i] = data.inverse[group] * (slope - level[group] - normalised(p, data, i) * tilt[group]);
  }
  expect(dx, expected, data.count, 8 * BOUND);
  if (p.affine) {
    try_parameters(p, data, sums_wanted ? sums : dy, sums_wanted ? NULL : x, saved);
  }
  end_case();
}

int main(void) {
  // Samples, rows, channels, groups, VECTOR, groups of a slice, items across, items, affine, offset.
  const Problem problems[] = {
      {2, 9, 6, 2, 4, 1, 1, 1, true, 0},     {2, 9, 6, 3, 4, 2, 1, 7, true, 0},    {1, 5, 21, 3, 4, 1, 2, 6, true, 0},
      {2, 1, 33, 1, 4, 1, 4, 5, true, 0},    {3, 1, 26, 2, 16, 1, 1, 1, true, 0},  {2, 7, 40, 20, 16, 8, 1, 1, true, 0},
      {2, 13, 17, 17, 16, 16, 1, 3, true, 0}, {2, 33, 8, 1, 4, 1, 2, 40, false, 0}, {3, 4, 36, 2, 8, 1, 1, 1, false, 0},
      {1, 65, 3, 1, 4, 1, 1, 33, true, 30},  {2, 40, 18, 1, 16, 1, 1, 1, true, 30},
  };
  for (size_t i = 0; i < COUNT_OF(problems); i++) {
    try_case(problems[i]);
  }
  return finish();
}
