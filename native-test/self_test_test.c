// The kernel by which a device is tried: sums over work-groups.

#include "harness.h"

static void try_group(size_t items) {
  const size_t size = 3 * items;
  begin_case("self_test: 3 groups of %zu", items);
  const float* x = whole_numbers(size, -9, 9);
  Buffer* y = output("y", size);
  Kernel kernel = kernel_of("self_test", "", "group_sums");
  pass(&kernel, input("x", x, size));
  pass(&kernel, y);
  pass_local(&kernel, items * sizeof(float));
  pass_float(&kernel, 2);
  RUN_GROUPS(&kernel, 3, 1, 1, items, 1, 1);
  double* expected = doubles(size);
  for (size_t i = 0; i < size; i++) {
    expected[i] = 2 * (double)i;
    for (size_t j = i / items * items; j < (i / items + 1) * items; j++) {
      expected[i] += (double)x[j];
    }
  }
  expect(y, expected, size, 0);
  end_case();
}

int main(void) {
  const size_t items[] = {1, 7, 32};
  for (size_t i = 0; i < COUNT_OF(items); i++) {
    try_group(items[i]);
  }
  return finish();
}
