// Group-normalisation problems, and both their passes as plain loops: what its kernels are compared with. Samples lie as
// (samples,rows,channels); layer normalisation is one group of one row.

#ifndef NORMALISATION_H
#define NORMALISATION_H

#include "harness.h"

#define EPSILON 1e-3
#define BOUND 2e-5

typedef struct {
  int samples, rows, channels, groups;
  bool affine;
  float offset;  // of all x, which must not cost accuracy
} GroupNorm;

// One problem with its data: host copies, the inputs of its kernels, and the expected results.
typedef struct {
  size_t count, channels, groups, sums_count;  // groups: of all samples
  const float *x, *weight, *bias, *dy;
  Buffer *x_buffer, *weight_buffer, *bias_buffer, *dy_buffer;  // weight and bias are null where it is not affine
  double *y, *dx, *dweight, *dbias;
  double *saved;  // (2,groups): mean, inverse
  double *sums;   // (2,samples,channels): dy, dy (x - mean)
} Normalisation;

// The data and results of a problem, in a case that has begun.
Normalisation normalisation_of(GroupNorm size);

typedef struct {
  Buffer *y, *saved;
} ForwardResults;

// The first arguments of a forward kernel, x to saved; returns those that it writes.
ForwardResults pass_forward(Kernel* forward, const Normalisation* problem);
void expect_forward(ForwardResults actual, const Normalisation* problem);

// The first arguments of a backward kernel, x to dx, which is returned.
Buffer* pass_backward(Kernel* backward, const Normalisation* problem, Buffer* saved, Buffer* sums);
void expect_backward(Buffer* dx, const Normalisation* problem);

void expect_parameters(Buffer* dweight, Buffer* dbias, const Normalisation* problem);

#endif
