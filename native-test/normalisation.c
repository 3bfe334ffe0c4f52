#include "normalisation.h"

#include <math.h>

// The sample and group of an element.
static size_t group_of(GroupNorm size, size_t i) {
  const size_t channel = i % (size_t)size.channels;
  const size_t sample = i / ((size_t)size.rows * (size_t)size.channels);
  return sample * (size_t)size.groups + channel / (size_t)(size.channels / size.groups);
}

static void take_moments(GroupNorm size, Normalisation* problem) {
  const double share = (double)problem->groups / (double)problem->count;
  double* mean = problem->saved;
  double* inverse = problem->saved + problem->groups;
  double* variance = doubles(problem->groups);
  for (size_t i = 0; i < problem->count; i++) {
    mean[group_of(size, i)] += (double)problem->x[i] * share;
  }
  for (size_t i = 0; i < problem->count; i++) {
    variance[group_of(size, i)] += pow((double)problem->x[i] - mean[group_of(size, i)], 2) * share;
  }
  for (size_t g = 0; g < problem->groups; g++) {
    inverse[g] = 1 / sqrt(variance[g] + EPSILON);
  }
}

// All results from the moments.
static void compute(GroupNorm size, Normalisation* problem) {
  const double share = (double)problem->groups / (double)problem->count;
  const double* mean = problem->saved;
  const double* inverse = problem->saved + problem->groups;
  double* normalised = doubles(problem->count);
  double* level = doubles(problem->groups);
  double* tilt = doubles(problem->groups);
  for (size_t i = 0; i < problem->count; i++) {
    const size_t c = i % problem->channels;
    const size_t group = group_of(size, i);
    const size_t sum = i / ((size_t)size.rows * problem->channels) * problem->channels + c;
    const double difference = (double)problem->x[i] - mean[group];
    const double dy = (double)problem->dy[i];
    const double slope = dy * (size.affine ? (double)problem->weight[c] : 1);
    normalised[i] = difference * inverse[group];
    problem->y[i] = size.affine ? normalised[i] * (double)problem->weight[c] + (double)problem->bias[c] : normalised[i];
    problem->dweight[c] += dy * normalised[i];
    problem->dbias[c] += dy;
    problem->sums[sum] += dy;
    problem->sums[problem->sums_count / 2 + sum] += dy * difference;
    level[group] += slope * share;
    tilt[group] += slope * normalised[i] * share;
  }
  for (size_t i = 0; i < problem->count; i++) {
    const size_t group = group_of(size, i);
    const double slope = (double)problem->dy[i] * (size.affine ? (double)problem->weight[i % problem->channels] : 1);
    problem->dx[i] = inverse[group] * (slope - level[group] - normalised[i] * tilt[group]);
  }
}

Normalisation normalisation_of(GroupNorm size) {
  Normalisation problem = {0};
  problem.channels = (size_t)size.channels;
  problem.count = (size_t)size.samples * (size_t)size.rows * problem.channels;
  problem.groups = (size_t)size.samples * (size_t)size.groups;
  problem.sums_count = 2 * (size_t)size.samples * problem.channels;
  problem.x = uniform(problem.count, size.offset - 2, size.offset + 2);
  problem.weight = uniform(problem.channels, -2, 2);
  problem.bias = uniform(problem.channels, -1, 1);
  problem.dy = uniform(problem.count, -1, 1);
  problem.x_buffer = input("x", problem.x, problem.count);
  problem.weight_buffer = size.affine ? input("weight", problem.weight, problem.channels) : NULL;
  problem.bias_buffer = size.affine ? input("bias", problem.bias, problem.channels) : NULL;
  problem.dy_buffer = input("dy", problem.dy, problem.count);
  problem.y = doubles(problem.count);
  problem.dx = doubles(problem.count);
  problem.dweight = doubles(problem.channels);
  problem.dbias = doubles(problem.channels);
  problem.saved = doubles(2 * problem.groups);
  problem.sums = doubles(problem.sums_count);
  take_moments(size, &problem);
  compute(size, &problem);
  return problem;
}

ForwardResults pass_forward(Kernel* forward, const Normalisation* problem) {
  const ForwardResults results = {output("y", problem->count), output("saved", 2 * problem->groups)};
  pass(forward, problem->x_buffer);
  pass(forward, problem->weight_buffer);
  pass(forward, problem->bias_buffer);
  pass(forward, results.y);
  pass(forward, results.saved);
  return results;
}

void expect_forward(ForwardResults actual, const Normalisation* problem) {
  expect(actual.saved, problem->saved, 2 * problem->groups, BOUND);
  expect(actual.y, problem->y, problem->count, 8 * BOUND);
}

Buffer* pass_backward(Kernel* backward, const Normalisation* problem, Buffer* saved, Buffer* sums) {
  Buffer* dx = output("dx", problem->count);
  pass(backward, problem->x_buffer);
  pass(backward, problem->weight_buffer);
  pass(backward, problem->dy_buffer);
  pass(backward, saved);
  pass(backward, sums);
  pass(backward, dx);
  return dx;
}

void expect_backward(Buffer* dx, const Normalisation* problem) { expect(dx, problem->dx, problem->count, 8 * BOUND); }

void expect_parameters(Buffer* dweight, Buffer* dbias, const Normalisation* problem) {
  expect(dweight, problem->dweight, problem->channels, 8 * BOUND);
  expect(dbias, problem->dbias, problem->channels, BOUND);
}
