// Sums and products element by element.

#include "harness.h"

static void try_size(size_t size, bool product) {
  begin_case("elementwise: %s of %zu", product ? "product" : "sum", size);
  const float* a = whole_numbers(size, -99, 99);
  const float* b = whole_numbers(size, -99, 99);
  Buffer* y = output("y", size);
  Kernel kernel = kernel_of("elementwise", "", product ? "elementwise_multiply" : "elementwise_add");
  pass(&kernel, input("a", a, size));
  pass(&kernel, input("b", b, size));
  pass(&kernel, y);
  INTEGERS(&kernel, (int)size, size % 2 == 1);
  RUN(&kernel, (size + 15) / 16, 1, 1);
  double* expected = doubles(size);
  for (size_t i = 0; i < size; i++) {
    expected[i] = (double)(product ? a[i] * b[i] : a[i] + b[i]);
  }
  expect(y, expected, size, 0);
  end_case();
}

int main(void) {
  const size_t sizes[] = {1, 7, 15, 16, 33, 128};
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    try_size(sizes[i], false);
    try_size(sizes[i], true);
  }
  return finish();
}
