// Images as matrices and back, one group and a run of images at a time, and a convolution made of them with gemm.

#include "convolution.h"

static int columns_of(const Problem* problem) { return problem->size.R * problem->size.S * problem->size.C / problem->size.groups; }

static int windows_of(const Problem* problem) { return problem->P * problem->Q; }

static Buffer* unfold(const Problem* problem, Buffer* x, int first, int group) {
  const int columns = columns_of(problem);
  const int rows = windows_of(problem) * (problem->size.N - first);
  Buffer* u = output("u", (size_t)(rows * columns));
  Kernel kernel = kernel_of("unfold", "", "unfold");
  pass(&kernel, x);
  pass(&kernel, u);
  pass_sizes(&kernel, problem);
  INTEGERS(&kernel, first, group);
  RUN(&kernel, columns, rows, 1);
  return u;
}

// c[cStart + i cRow + j], i below rows, j below columns, is the sum over terms; see gemm.cl.
static void multiply(Buffer* a, int a_row, int a_column, Buffer* b, int b_start, int b_row, int b_column, Buffer* c,
                     int c_start, int c_row, int rows, int columns, int terms) {
  Kernel kernel = kernel_of("gemm", "-DVECTOR=4 -DACTIVATION=ACTIVATION_IDENTITY", "gemm");
  pass(&kernel, a);
  pass(&kernel, b);
  pass(&kernel, NULL);
  pass(&kernel, c);
  INTEGERS(&kernel, rows, columns, terms, 0, a_row, a_column, b_start, b_row, b_column, 0, c_start, c_row, 0);
  pass_float(&kernel, 0);
  RUN(&kernel, divide_up(columns, 4), divide_up(rows, 4), 1);
}

static void fold(const Problem* problem, Buffer* du, Buffer* dx, int first, int group) {
  const Convolution c = problem->size;
  Kernel kernel = kernel_of("unfold", "", "fold");
  pass(&kernel, du);
  pass(&kernel, dx);
  pass_sizes(&kernel, problem);
  INTEGERS(&kernel, first, group);
  RUN(&kernel, c.C / c.groups, (c.N - first) * c.H * c.W, 1);
}

// The images one after the other for dx, so that those behind the first are reached by their number.
static void backward_data(const Problem* problem, Buffer* weight) {
  const Convolution c = problem->size;
  const int filters = c.K / c.groups;
  const int columns = columns_of(problem);
  Buffer* dx = output("dx", problem->x_count);
  for (int first = c.N - 1; first >= 0; first--) {
    const int rows = windows_of(problem) * (c.N - first);
    Buffer* dy = input("dy", problem->dy + first * windows_of(problem) * c.K, (size_t)(rows * c.K));
    for (int group = 0; group < c.groups; group++) {
      Buffer* du = output("du", (size_t)(rows * columns));
      const int start = group * filters;
      // gemm takes the start of b alone; the columns of dy of a group are gathered on the host.
      float* part = scratch((size_t)(rows * filters) * sizeof(float));
      for (int i = 0; i < rows * filters; i++) {
        part[i] = values_of(dy)[i / filters * c.K + start + i % filters];
      }
      multiply(input("dy part", part, (size_t)(rows * filters)), filters, 1, weight, start, 1, c.K, du, 0, columns, rows,
               columns, filters);
      fold(problem, du, dx, first, group);
    }
  }
  expect(dx, problem->dx, problem->x_count, 0);
}

static void try_problem(Convolution size) {
  const Problem problem = begin_problem("unfold", size);
  const int filters = size.K / size.groups;
  const int columns = columns_of(&problem);
  const int rows = windows_of(&problem) * size.N;
  Buffer* x = input("x", problem.x, problem.x_count);
  Buffer* weight = input("weight", problem.weight, problem.weight_count);
  Buffer* dy = input("dy", problem.dy, problem.y_count);
  Buffer* y = output("y", problem.y_count);
  Buffer* dweight = output("dweight", problem.weight_count);
  for (int group = 0; group < size.groups; group++) {
    Buffer* u = unfold(&problem, x, 0, group);
    const int start = group * filters;
    multiply(u, columns, 1, weight, start, size.K, 1, y, start, size.K, rows, filters, columns);
    multiply(u, 1, columns, dy, start, size.K, 1, dweight, start, size.K, columns, filters, rows);
  }
  double* without_bias = doubles(problem.y_count);
  for (size_t i = 0; i < problem.y_count; i++) {
    without_bias[i] = problem.y[i] - (double)problem.bias[i % (size_t)size.K];
  }
  expect(y, without_bias, problem.y_count, 0);
  expect(dweight, problem.dweight, problem.weight_count, 0);
  backward_data(&problem, weight);
  end_case();
}

int main(void) {
  for (size_t i = 0; i < dense_problem_count; i++) {
    try_problem(dense_problems[i]);
  }
  return finish();
}
