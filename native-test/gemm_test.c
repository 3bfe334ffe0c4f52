// Matrix products with strides: plain, of transposes, of columns of a larger matrix, with bias, and added to the target.

#include <stdio.h>

#include "harness.h"

typedef enum { PLAIN, A_TRANSPOSED, B_TRANSPOSED } Form;

// A product inside larger matrices: everything begins at start, rows of c are 3 elements longer than needed.
static void try_size(int M, int J, int L, int vector, Form form, bool with_bias, bool add) {
  begin_case("gemm: M=%d J=%d L=%d VECTOR=%d form=%d bias=%d add=%d", M, J, L, vector, form, with_bias, add);
  const int start = 2;
  const int a_row = form == A_TRANSPOSED ? 1 : L + 1;
  const int a_column = form == A_TRANSPOSED ? M + 1 : 1;
  const int b_row = form == B_TRANSPOSED ? 1 : J + 2;
  const int b_column = form == B_TRANSPOSED ? L + 2 : 1;
  const int c_row = J + 3;
  const size_t a_count = (size_t)(start + (M - 1) * a_row + (L - 1) * a_column + 1);
  const size_t b_count = (size_t)(start + (L - 1) * b_row + (J - 1) * b_column + 1);
  const size_t c_count = (size_t)(start + (M - 1) * c_row + J);
  const float* a = whole_numbers(a_count, -4, 4);
  const float* b = whole_numbers(b_count, -4, 4);
  const float* bias = whole_numbers((size_t)(start + J), -9, 9);
  const float* c = whole_numbers(c_count, -9, 9);
  Buffer* target = updated("c", c, c_count);
  char options[96];
  snprintf(options, sizeof(options), "-DVECTOR=%d -DACTIVATION=ACTIVATION_LEAKY_RELU", vector);
  Kernel kernel = kernel_of("gemm", options, "gemm");
  pass(&kernel, input("a", a, a_count));
  pass(&kernel, input("b", b, b_count));
  pass(&kernel, with_bias ? input("bias", bias, (size_t)(start + J)) : NULL);
  pass(&kernel, target);
  INTEGERS(&kernel, M, J, L, start, a_row, a_column, start, b_row, b_column, start, start, c_row, add);
  pass_float(&kernel, 0.5F);
  RUN(&kernel, divide_up(J, vector), divide_up(M, 4), 1);

  double* expected = doubles(c_count);
  for (size_t i = 0; i < c_count; i++) {
    expected[i] = (double)c[i];
  }
  for (int i = 0; i < M; i++) {
    for (int j = 0; j < J; j++) {
      const int at = start + i * c_row + j;
      double sum = add ? (double)c[at] : with_bias ? (double)bias[start + j] : 0;
      for (int l = 0; l < L; l++) {
        sum += (double)(a[start + i * a_row + l * a_column] * b[start + l * b_row + j * b_column]);
      }
      expected[at] = sum > 0 ? sum : 0.5 * sum;
    }
  }
  expect(target, expected, c_count, 0);
  end_case();
}

int main(void) {
  const int sizes[][3] = {{1, 1, 1}, {7, 13, 5}, {4, 16, 3}, {5, 33, 7}};
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    for (int vector = 4; vector <= 16; vector *= 4) {
      try_size(sizes[i][0], sizes[i][1], sizes[i][2], vector, PLAIN, true, false);
      try_size(sizes[i][0], sizes[i][1], sizes[i][2], vector, A_TRANSPOSED, false, true);
      try_size(sizes[i][0], sizes[i][1], sizes[i][2], vector, B_TRANSPOSED, false, false);
    }
  }
  return finish();
}
