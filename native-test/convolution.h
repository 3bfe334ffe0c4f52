// Convolution problems, and their three passes as plain loops: what the kernels of every algorithm are compared with.
// Images lie as (N,H,W,C), filters as (R,S,C/groups,K). Numbers are whole and small, so that all sums are exact.

#ifndef CONVOLUTION_H
#define CONVOLUTION_H

#include "harness.h"

typedef struct {
  int N, C, H, W, K, R, S, strideH, strideW, padH, padW, dilationH, dilationW, groups;
} Convolution;

// One problem with its data: host copies, and the expected results.
typedef struct {
  Convolution size;
  int P, Q;
  size_t x_count, weight_count, y_count;
  const float *x, *weight, *bias, *dy;
  double *y, *dx, *dweight;  // y with bias, before any activation
} Problem;

extern const Convolution dense_problems[];
extern const size_t dense_problem_count;
extern const Convolution depthwise_problems[];
extern const size_t depthwise_problem_count;
extern const Convolution winograd_problems[];  // 3x3 or 5x5, stride 1, one group
extern const size_t winograd_problem_count;

// Begins a case named after algorithm and problem, and computes its results.
Problem begin_problem(const char* algorithm, Convolution size);

// The arguments of CONVOLUTION_SIZES.
void pass_sizes(Kernel* kernel, const Problem* problem);

// ReLU of the expected y.
const double* relu(const Problem* problem);

// One axis of a correlation: output i of count, at start + i step, reads under tap t of taps the input
// i in_step + in_start + t in_tap and the filter element first + t filter_step.
typedef struct {
  int count, start, step, taps, first, filter_step, in_step, in_start, in_tap;
} Taps;

Taps forward_taps(int outputs, int filter, int stride, int pad, int dilation);
Taps backward_taps(int remainder, int length, int filter, int stride, int pad, int dilation);

// The arguments of a correlation from N to stepS: from images of inH x inW to images of outH x outW.
void pass_correlation(Kernel* kernel, int N, int groups, int channels, int filters, int inH, int inW, int outH, int outW,
                      Taps rows, Taps columns);

#endif
