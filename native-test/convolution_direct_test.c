// The sliding window, all three passes.

#include <stdio.h>

#include "convolution.h"

#define PROGRAM "convolution_direct"

static void try_problem(Convolution size, int vector) {
  const Problem problem = begin_problem(PROGRAM, size);
  const int vectors = size.groups * divide_up(size.K / size.groups, vector);
  char options[96];
  snprintf(options, sizeof(options), "-DVECTOR=%d -DACTIVATION=ACTIVATION_RELU", vector);
  Buffer* x = input("x", problem.x, problem.x_count);
  Buffer* weight = input("weight", problem.weight, problem.weight_count);
  Buffer* bias = input("bias", problem.bias, (size_t)size.K);
  Buffer* dy = input("dy", problem.dy, problem.y_count);

  Buffer* y = output("y", problem.y_count);
  Kernel forward = kernel_of(PROGRAM, options, PROGRAM "_forward");
  pass(&forward, x);
  pass(&forward, weight);
  pass(&forward, bias);
  pass(&forward, y);
  pass_sizes(&forward, &problem);
  pass_float(&forward, 0);
  RUN(&forward, vectors, size.N * problem.P * problem.Q, 1);
  expect(y, relu(&problem), problem.y_count, 0);

  Buffer* dx = output("dx", problem.x_count);
  Kernel data = kernel_of(PROGRAM, options, PROGRAM "_backward_data");
  pass(&data, dy);
  pass(&data, weight);
  pass(&data, dx);
  pass_sizes(&data, &problem);
  RUN(&data, size.C, size.N * size.H * size.W, 1);
  expect(dx, problem.dx, problem.x_count, 0);

  Buffer* dweight = output("dweight", problem.weight_count);
  Kernel weights = kernel_of(PROGRAM, options, PROGRAM "_backward_weight");
  pass(&weights, x);
  pass(&weights, dy);
  pass(&weights, dweight);
  pass_sizes(&weights, &problem);
  RUN(&weights, vectors, size.R * size.S * size.C / size.groups, 1);
  expect(dweight, problem.dweight, problem.weight_count, 0);
  end_case();
}

int main(void) {
  for (size_t i = 0; i < dense_problem_count; i++) {
    try_problem(dense_problems[i], 4);
    try_problem(dense_problems[i], 16);
  }
  return finish();
}
