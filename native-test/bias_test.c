// The bias and its gradient, whose sum is split into parts.

#include <stdio.h>

#include "harness.h"

static void try_size(int vector, int M, int C, int rows_per_part) {
  begin_case("bias: M=%d C=%d VECTOR=%d rows_per_part=%d", M, C, vector, rows_per_part);
  const size_t size = (size_t)(M * C);
  char options[64];
  snprintf(options, sizeof(options), "-DVECTOR=%d", vector);
  const float* x = whole_numbers(size, -9, 9);
  const float* bias = whole_numbers((size_t)C, -9, 9);
  Buffer* y = output("y", size);
  Kernel forward = kernel_of("bias", options, "bias_forward");
  pass(&forward, input("x", x, size));
  pass(&forward, input("bias", bias, (size_t)C));
  pass(&forward, y);
  INTEGERS(&forward, C, C % vector == 0);
  RUN(&forward, divide_up(C, vector), M, 1);
  double* expected = doubles(size);
  double* sums = doubles((size_t)C);
  for (size_t i = 0; i < size; i++) {
    expected[i] = (double)(x[i] + bias[i % (size_t)C]);
    sums[i % (size_t)C] += (double)x[i];
  }
  expect(y, expected, size, 0);

  const int count = divide_up(M, rows_per_part);
  Buffer* parts = output("parts", (size_t)(count * C));
  Kernel backward = kernel_of("bias", options, "bias_backward_parts");
  pass(&backward, input("dy", x, size));
  pass(&backward, parts);
  INTEGERS(&backward, M, C, rows_per_part);
  RUN(&backward, divide_up(C, vector), count, 1);
  Buffer* dbias = output("dbias", (size_t)C);
  Kernel sum = kernel_of("bias", options, "bias_backward_sum");
  pass(&sum, parts);
  pass(&sum, dbias);
  INTEGERS(&sum, C, count);
  RUN(&sum, C, 1, 1);
  expect(dbias, sums, (size_t)C, 0);
  end_case();
}

int main(void) {
  const int sizes[][3] = {{1, 1, 1}, {7, 13, 3}, {33, 5, 4}, {13, 16, 13}, {9, 33, 2}, {11, 80, 4}};
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    try_size(4, sizes[i][0], sizes[i][1], sizes[i][2]);
    try_size(16, sizes[i][0], sizes[i][1], sizes[i][2]);
  }
  return finish();
}
