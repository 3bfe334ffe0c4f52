// Softmax and its logarithm, forward and backward, with groups of one and of more work-items.

#include <math.h>

#include "harness.h"

#define BOUND 4e-6

// A row in vectors of at most 16 floats, and one vector.
#define KEPT_BYTES(C) (((size_t)(C) + 15 + 16) * sizeof(float))

static double reference(const float* x, int C, int c, bool logarithm) {
  double largest = -INFINITY;
  double sum = 0;
  for (int i = 0; i < C; i++) {
    largest = fmax(largest, (double)x[i]);
  }
  for (int i = 0; i < C; i++) {
    sum += exp((double)x[i] - largest);
  }
  const double log_value = (double)x[c] - largest - log(sum);
  return logarithm ? log_value : exp(log_value);
}

// Rows of at least 16 elements, in place.
static void try_pipelined(int N, int C, int rows_per_group, bool logarithm) {
  begin_case("softmax: N=%d C=%d rows per group=%d logarithm=%d", N, C, rows_per_group, logarithm);
  const size_t size = (size_t)(N * C);
  const float* x = uniform(size, -90, 90);
  Kernel forward = kernel_of("softmax", "", "softmax_forward_pipelined");
  Buffer* y = updated("x and y", x, size);
  pass(&forward, y);
  pass(&forward, y);
  pass_local(&forward, KEPT_BYTES(C));
  pass_local(&forward, KEPT_BYTES(C));
  INTEGERS(&forward, N, rows_per_group, C, logarithm);
  RUN_GROUPS(&forward, (N + rows_per_group - 1) / rows_per_group, 1, 1, 1, 1, 1);
  double* expected = doubles(size);
  for (size_t i = 0; i < size; i++) {
    expected[i] = reference(x + i / (size_t)C * (size_t)C, C, (int)i % C, logarithm);
  }
  expect(y, expected, size, BOUND);
  end_case();
}

static void try_size(int N, int C, size_t items, bool logarithm, bool keeps) {
  begin_case("softmax: N=%d C=%d items=%zu logarithm=%d keeps=%d", N, C, items, logarithm, keeps);
  const size_t size = (size_t)(N * C);
  const float* x = uniform(size, -90, 90);
  Buffer* y = output("y", size);
  Kernel forward = kernel_of("softmax", "", keeps ? "softmax_forward" : "softmax_forward_plain");
  pass(&forward, input("x", x, size));
  pass(&forward, y);
  pass_local(&forward, items * sizeof(float));
  if (keeps) {
    pass_local(&forward, KEPT_BYTES(C));
  }
  INTEGERS(&forward, C, logarithm, N % 2);
  RUN_GROUPS(&forward, N, 1, 1, items, 1, 1);
  double* expected = doubles(size);
  for (size_t i = 0; i < size; i++) {
    expected[i] = reference(x + i / (size_t)C * (size_t)C, C, (int)i % C, logarithm);
  }
  expect(y, expected, size, BOUND);

  const float* dy = uniform(size, -1, 1);
  const float* saved = values_of(y);
  Buffer* dx = output("dx", size);
  Kernel backward = kernel_of("softmax", "", "softmax_backward");
  pass(&backward, input("y", saved, size));
  pass(&backward, input("dy", dy, size));
  pass(&backward, dx);
  pass_local(&backward, items * sizeof(float));
  INTEGERS(&backward, C, logarithm, N % 2);
  RUN_GROUPS(&backward, N, 1, 1, items, 1, 1);
  double* gradient = doubles(size);
  for (size_t i = 0; i < size; i++) {
    double sum = 0;
    for (size_t j = i / (size_t)C * (size_t)C; j < (i / (size_t)C + 1) * (size_t)C; j++) {
      sum += (double)dy[j] * (logarithm ? 1 : expected[j]);
    }
    gradient[i] = logarithm ? (double)dy[i] - exp(expected[i]) * sum : expected[i] * ((double)dy[i] - sum);
  }
  expect(dx, gradient, size, BOUND);
  end_case();
}

int main(void) {
  const int sizes[][2] = {{1, 1}, {3, 7}, {2, 33}, {5, 10}, {3, 100}};
  const size_t items[] = {1, 6, 16};
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    for (size_t j = 0; j < COUNT_OF(items); j++) {
      for (int keeps = 0; keeps < 2; keeps++) {
        try_size(sizes[i][0], sizes[i][1], items[j], false, keeps);
        try_size(sizes[i][0], sizes[i][1], items[j], true, keeps);
      }
    }
  }
  const int pipelined[][3] = {{1, 16, 4}, {2, 33, 1}, {5, 47, 2}, {9, 100, 4}};
  for (size_t i = 0; i < COUNT_OF(pipelined); i++) {
    for (int logarithm = 0; logarithm < 2; logarithm++) {
      try_pipelined(pipelined[i][0], pipelined[i][1], pipelined[i][2], logarithm);
    }
  }
  return finish();
}
