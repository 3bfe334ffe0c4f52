#include "convolution.h"

const Convolution dense_problems[] = {
    // N C H W K R S stride pad dilation groups
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1},
    {2, 3, 5, 4, 7, 3, 3, 1, 1, 1, 1, 1, 1, 1},
    {1, 5, 7, 6, 20, 3, 2, 2, 3, 1, 2, 1, 1, 1},
    {2, 6, 6, 7, 4, 2, 3, 1, 2, 3, 0, 2, 2, 2},
    {1, 8, 3, 9, 36, 1, 1, 2, 1, 0, 0, 1, 1, 1},
    {1, 4, 9, 5, 6, 3, 3, 3, 2, 2, 2, 2, 3, 1},
};
const size_t dense_problem_count = COUNT_OF(dense_problems);

const Convolution depthwise_problems[] = {
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1},
    {2, 7, 5, 4, 7, 3, 3, 1, 1, 1, 1, 1, 1, 7},
    {1, 33, 6, 7, 33, 3, 2, 2, 3, 1, 2, 1, 1, 33},
    {2, 5, 7, 6, 5, 2, 3, 1, 2, 3, 0, 2, 2, 5},
};
const size_t depthwise_problem_count = COUNT_OF(depthwise_problems);

const Convolution winograd_problems[] = {
    {1, 1, 1, 1, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1},
    {2, 5, 7, 6, 7, 3, 3, 1, 1, 1, 0, 1, 1, 1},
    {1, 17, 5, 9, 20, 3, 3, 1, 1, 2, 1, 1, 1, 1},
    {1, 1, 1, 1, 1, 5, 5, 1, 1, 2, 2, 1, 1, 1},
    {2, 9, 5, 4, 10, 5, 5, 1, 1, 3, 1, 1, 1, 1},
};
const size_t winograd_problem_count = COUNT_OF(winograd_problems);

static int output_length(int length, int filter, int stride, int pad, int dilation) {
  return (length + 2 * pad - dilation * (filter - 1) - 1) / stride + 1;
}

// Adds what output element (n,p,q,k) and filter element (r,s) have to do with each other to all three results.
static void add_element(Problem* problem, int n, int p, int q, int k, int r, int s) {
  const Convolution c = problem->size;
  const int h = p * c.strideH - c.padH + r * c.dilationH;
  const int w = q * c.strideW - c.padW + s * c.dilationW;
  if (h < 0 || h >= c.H || w < 0 || w >= c.W) {
    return;
  }
  const int channels = c.C / c.groups;
  const int group = k / (c.K / c.groups);
  const int out = ((n * problem->P + p) * problem->Q + q) * c.K + k;
  for (int i = 0; i < channels; i++) {
    const int in = ((n * c.H + h) * c.W + w) * c.C + group * channels + i;
    const int element = ((r * c.S + s) * channels + i) * c.K + k;
    problem->y[out] += (double)(problem->x[in] * problem->weight[element]);
    problem->dx[in] += (double)(problem->dy[out] * problem->weight[element]);
    problem->dweight[element] += (double)(problem->x[in] * problem->dy[out]);
  }
}

static void compute(Problem* problem) {
  const Convolution c = problem->size;
  for (int out = 0; out < (int)problem->y_count; out++) {
    const int k = out % c.K;
    const int q = out / c.K % problem->Q;
    const int p = out / (c.K * problem->Q) % problem->P;
    const int n = out / (c.K * problem->Q * problem->P);
    problem->y[out] = (double)problem->bias[k];
    for (int tap = 0; tap < c.R * c.S; tap++) {
      add_element(problem, n, p, q, k, tap / c.S, tap % c.S);
    }
  }
}

Problem begin_problem(const char* algorithm, Convolution c) {
  begin_case("%s: N=%d C=%d H=%d W=%d K=%d R=%d S=%d stride=%d,%d pad=%d,%d dilation=%d,%d groups=%d", algorithm, c.N,
             c.C, c.H, c.W, c.K, c.R, c.S, c.strideH, c.strideW, c.padH, c.padW, c.dilationH, c.dilationW, c.groups);
  Problem problem = {.size = c};
  problem.P = output_length(c.H, c.R, c.strideH, c.padH, c.dilationH);
  problem.Q = output_length(c.W, c.S, c.strideW, c.padW, c.dilationW);
  problem.x_count = (size_t)(c.N * c.H * c.W * c.C);
  problem.weight_count = (size_t)(c.R * c.S * c.C / c.groups * c.K);
  problem.y_count = (size_t)(c.N * problem.P * problem.Q * c.K);
  problem.x = whole_numbers(problem.x_count, -4, 4);
  problem.weight = whole_numbers(problem.weight_count, -4, 4);
  problem.bias = whole_numbers((size_t)c.K, -9, 9);
  problem.dy = whole_numbers(problem.y_count, -4, 4);
  problem.y = doubles(problem.y_count);
  problem.dx = doubles(problem.x_count);
  problem.dweight = doubles(problem.weight_count);
  compute(&problem);
  return problem;
}

void pass_sizes(Kernel* kernel, const Problem* problem) {
  const Convolution c = problem->size;
  INTEGERS(kernel, c.N, c.C, c.H, c.W, c.K, c.R, c.S, problem->P, problem->Q, c.strideH, c.strideW, c.padH, c.padW,
           c.dilationH, c.dilationW, c.groups);
}

const double* relu(const Problem* problem) {
  double* y = doubles(problem->y_count);
  for (size_t i = 0; i < problem->y_count; i++) {
    y[i] = problem->y[i] > 0 ? problem->y[i] : 0;
  }
  return y;
}

Taps forward_taps(int outputs, int filter, int stride, int pad, int dilation) {
  return (Taps){outputs, 0, 1, filter, 0, 1, stride, -pad, dilation};
}

static int common_divisor(int a, int b) { return b == 0 ? a : common_divisor(b, a % b); }

Taps backward_taps(int remainder, int length, int filter, int stride, int pad, int dilation) {
  int first = 0;
  while (first < filter && (remainder + pad - first * dilation) % stride != 0) {
    first++;
  }
  const int filter_step = stride / common_divisor(stride, dilation);
  const int taps = first >= filter ? 0 : divide_up(filter - first, filter_step);
  const int in_start = taps == 0 ? 0 : (remainder + pad - first * dilation) / stride;
  return (Taps){divide_up(length - remainder, stride), remainder, stride, taps, first, filter_step, 1, in_start,
                -(filter_step * dilation / stride)};
}

void pass_correlation(Kernel* kernel, int N, int groups, int channels, int filters, int inH, int inW, int outH, int outW,
                      Taps rows, Taps columns) {
  INTEGERS(kernel, N, groups, channels, filters, rows.count, columns.count, inH, inW, rows.in_step, columns.in_step,
           rows.in_start, columns.in_start, outH, outW, rows.step, columns.step, rows.start, columns.start, rows.taps,
           columns.taps, rows.in_tap, columns.in_tap, rows.first, columns.first, rows.filter_step, columns.filter_step);
}
