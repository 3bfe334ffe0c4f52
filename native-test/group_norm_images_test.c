// Group normalisation of images for CPU drivers, with one group, several and one for each channel, in slices and chunks,
// several images a work-item, with weights and without; and its gradients.

#include <math.h>
#include <stdio.h>

#include "harness.h"

#define EPSILON 1e-3
#define BOUND 2e-5

typedef struct {
  int images, rows, channels, groups, slice, chunk, turn;
  bool affine;
  float offset;  // of all x, which must not cost accuracy
} Problem;

typedef struct {
  size_t count, channels, numbers;
  const float *x, *weight, *bias, *dy;
  double *mean, *inverse;  // of each image and group
} Data;

static size_t group_of(Problem p, size_t i) {
  const size_t channel = i % (size_t)p.channels;
  const size_t image = i / ((size_t)p.rows * (size_t)p.channels);
  return image * (size_t)p.groups + channel / (size_t)(p.channels / p.groups);
}

static Data begin(Problem p) {
  begin_case("group_norm_images N=%d rows=%d channels=%d groups=%d slice=%d chunk=%d turn=%d affine=%d offset=%g", p.images,
             p.rows, p.channels, p.groups, p.slice, p.chunk, p.turn, p.affine, (double)p.offset);
  const size_t channels = (size_t)p.channels;
  const size_t count = (size_t)p.images * (size_t)p.rows * channels;
  const size_t numbers = (size_t)p.images * (size_t)p.groups;
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

static void pass_numbers(Kernel* k, Problem p, int arrays) {
  pass_local(k, (size_t)arrays * (size_t)divide_up(p.slice, 16) * 16 * sizeof(float));
}

static Buffer* try_forward(Problem p, Data data, Buffer* x, Buffer* weight) {
  Buffer* y = output("y", data.count);
  Buffer* saved = output("saved", 2 * data.numbers);
  Kernel forward = kernel_of("group_norm_images", "-DVECTOR=16", "group_norm_images_forward");
  pass(&forward, x);
  pass(&forward, weight);
  pass(&forward, p.affine ? input("bias", data.bias, data.channels) : NULL);
  pass(&forward, y);
  pass(&forward, saved);
  pass_numbers(&forward, p, 5);
  INTEGERS(&forward, p.affine, 1, 0, p.images, p.turn, p.rows, p.channels, p.groups, p.slice, p.chunk);
  pass_float(&forward, (float)EPSILON);
  RUN(&forward, (size_t)divide_up(p.channels, p.slice), (size_t)divide_up(p.images, p.turn), 1);
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

static void expect_sums(Problem p, Data data, Buffer* sums) {
  const size_t half = (size_t)p.images * data.channels;
  double* expected = doubles(2 * half);
  for (size_t i = 0; i < data.count; i++) {
    const size_t image = i / ((size_t)p.rows * data.channels);
    const size_t at = image * data.channels + i % data.channels;
    expected[at] += (double)data.dy[i];
    expected[half + at] += (double)data.dy[i] * ((double)data.x[i] - data.mean[group_of(p, i)]);
  }
  expect(sums, expected, 2 * half, 8 * BOUND);
}

static void try_case(Problem p) {
  const Data data = begin(p);
  Buffer* x = input("x", data.x, data.count);
  Buffer* weight = p.affine ? input("weight", data.weight, data.channels) : NULL;
  Buffer* saved = try_forward(p, data, x, weight);
  Buffer* sums = p.affine ? output("sums", 2 * (size_t)p.images * data.channels) : NULL;
  Buffer* dx = output("dx", data.count);
  Kernel backward = kernel_of("group_norm_images_backward", "-DVECTOR=16", "group_norm_images_backward");
  pass(&backward, x);
  pass(&backward, weight);
  pass(&backward, input("dy", data.dy, data.count));
  pass(&backward, saved);
  pass(&backward, sums);
  pass(&backward, dx);
  pass_numbers(&backward, p, 6);
  INTEGERS(&backward, p.affine, p.affine, 1, 0, p.rows, p.channels, p.groups, p.slice, p.chunk);
  RUN(&backward, (size_t)divide_up(p.channels, p.slice), (size_t)p.images, 1);
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
    expect_sums(p, data, sums);
  }
  end_case();
}

int main(void) {
  // Images, rows, channels, groups, channels of a slice, rows of a chunk, images of a turn, affine, offset.
  const Problem problems[] = {
      {2, 9, 6, 2, 6, 8, 1, true, 0},      {3, 19, 80, 5, 16, 8, 2, true, 0},  {2, 17, 72, 24, 48, 16, 2, true, 0},
      {3, 5, 33, 1, 33, 8, 3, false, 0},   {1, 8, 64, 64, 64, 8, 1, true, 30}, {2, 25, 20, 1, 20, 8, 2, true, 30},
  };
  for (size_t i = 0; i < COUNT_OF(problems); i++) {
    try_case(problems[i]);
  }
  return finish();
}
