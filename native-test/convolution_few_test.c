// Backward-data where a group has few input channels.

#include <stdio.h>

#include "convolution.h"

#define PROGRAM "convolution_few"

static void try_problem(Convolution size, int vector, int pixels) {
  const Problem problem = begin_problem(PROGRAM, size);
  const int few = size.C / size.groups;
  const int filters = size.K / size.groups;
  char options[64];
  snprintf(options, sizeof(options), "-DVECTOR=%d -DFEW=%d -DPIXELS=%d", vector, few, pixels);
  float* zeros = whole_numbers((size_t)filters, 0, 0);
  Buffer* dy = input("dy", problem.dy, problem.y_count);
  Buffer* weight = input("weight", problem.weight, problem.weight_count);
  Buffer* zero = input("zeros", zeros, (size_t)filters);
  Buffer* dx = output("dx", problem.x_count);
  for (int a = 0; a < size.strideH && a < size.H; a++) {
    for (int b = 0; b < size.strideW && b < size.W; b++) {
      const Taps rows = backward_taps(a, size.H, size.R, size.strideH, size.padH, size.dilationH);
      const Taps columns = backward_taps(b, size.W, size.S, size.strideW, size.padW, size.dilationW);
      Kernel kernel = kernel_of(PROGRAM, options, PROGRAM);
      pass(&kernel, dy);
      pass(&kernel, weight);
      pass(&kernel, zero);
      pass(&kernel, dx);
      pass_correlation(&kernel, size.N, size.groups, filters, few, problem.P, problem.Q, size.H, size.W, rows, columns);
      INTEGERS(&kernel, size.S);
      RUN(&kernel, size.groups, divide_up(size.N * rows.count * columns.count, pixels), 1);
    }
  }
  expect(dx, problem.dx, problem.x_count, 0);
  end_case();
}

int main(void) {
  for (size_t i = 0; i < dense_problem_count; i++) {
    if (dense_problems[i].C / dense_problems[i].groups <= 7) {
      try_problem(dense_problems[i], 4, 3);
      try_problem(dense_problems[i], 16, 5);
    }
  }
  return finish();
}
