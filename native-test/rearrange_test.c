// Elements moved: channels copied, images flattened and back, borders added and their gradients summed.

#include <stdio.h>

#include "harness.h"

typedef enum { CONSTANT, REFLECT, REPLICATE } Mode;

static Kernel kernel(const char* name, int vector) {
  char options[32];
  snprintf(options, sizeof(options), "-DVECTOR=%d", vector);
  return kernel_of("rearrange", options, name);
}

static void try_copy(int rows, int columns, int C, int x_channels, int x_first, int y_channels, int y_first, int vector) {
  begin_case("rearrange copy: rows=%d columns=%d C=%d from %d of %d to %d of %d VECTOR=%d", rows, columns, C, x_first,
             x_channels, y_first, y_channels, vector);
  const size_t x_count = (size_t)(rows * columns * x_channels);
  const size_t y_count = (size_t)(rows * columns * y_channels);
  const float* x = whole_numbers(x_count, -99, 99);
  const float* before = whole_numbers(y_count, -99, 99);
  Buffer* y = updated("y", before, y_count);
  Kernel k = kernel("copy_channels", vector);
  pass(&k, input("x", x, x_count));
  pass(&k, y);
  INTEGERS(&k, x_channels, x_first, y_channels, y_first, C, columns, rows, 2, vector, vector == 16 && y_first % 16 == 0 && y_channels % 16 == 0);
  RUN(&k, divide_up(C, vector), divide_up(columns, 2), divide_up(rows, 2));
  double* expected = doubles(y_count);
  for (int i = 0; i < (int)y_count; i++) {
    const int c = i % y_channels - y_first;
    expected[i] = (double)(c >= 0 && c < C ? x[i / y_channels * x_channels + x_first + c] : before[i]);
  }
  expect(y, expected, y_count, 0);
  end_case();
}

// In squares of 16 by 16 where the vector has 16, else element by element.
static void try_flatten(int N, int area, int C, int vector) {
  begin_case("rearrange flatten: N=%d area=%d C=%d VECTOR=%d", N, area, C, vector);
  const int pixels = vector == 16 ? 16 : 1;
  const int channel_block = vector == 16 ? 16 : 3;
  const int columns = divide_up(area, pixels);
  const int stream = vector == 16 && area % 16 == 0;
  const size_t count = (size_t)(N * area * C);
  const float* x = whole_numbers(count, -99, 99);
  Buffer* images = input("x", x, count);
  Buffer* y = output("y", count);
  Kernel k = kernel("flatten", vector);
  pass(&k, images);
  pass(&k, y);
  INTEGERS(&k, C, area, N, 2, channel_block, stream);
  RUN(&k, divide_up(C, channel_block), divide_up(columns, 2), 1);
  double* flat = doubles(count);
  double* same = doubles(count);
  for (int i = 0; i < (int)count; i++) {
    flat[(i / (area * C) * C + i % C) * area + i / C % area] = (double)x[i];
    same[i] = (double)x[i];
  }
  expect(y, flat, count, 0);
  Buffer* back = output("x again", count);
  Kernel k2 = kernel("unflatten", vector);
  pass(&k2, y);
  pass(&k2, back);
  INTEGERS(&k2, C, area, N, 2, channel_block, stream);
  RUN(&k2, divide_up(C, channel_block), divide_up(columns, 2), 1);
  expect(back, same, count, 0);
  end_case();
}

static int shown(Mode mode, int i, int length) {
  if (i >= 0 && i < length) {
    return i;
  }
  switch (mode) {
    case REFLECT: return i < 0 ? -i : 2 * (length - 1) - i;
    case REPLICATE: return i < 0 ? 0 : length - 1;
    default: return -1;
  }
}

static void try_pad(Mode mode, int N, int H, int W, int C, int top, int bottom, int left, int right, int vector) {
  begin_case("rearrange pad: mode=%d N=%d H=%d W=%d C=%d top=%d bottom=%d left=%d right=%d VECTOR=%d", mode, N, H, W, C,
             top, bottom, left, right, vector);
  const int P = H + top + bottom;
  const int Q = W + left + right;
  const size_t x_count = (size_t)(N * H * W * C);
  const size_t y_count = (size_t)(N * P * Q * C);
  const float* x = whole_numbers(x_count, -99, 99);
  const float* dy = whole_numbers(y_count, -99, 99);
  Buffer* y = output("y", y_count);
  Kernel forward = kernel("pad_forward", vector);
  pass(&forward, input("x", x, x_count));
  pass(&forward, y);
  INTEGERS(&forward, mode);
  pass_float(&forward, 7);
  INTEGERS(&forward, top, left, C, H, W, P, Q, N * P, 3, vector, vector == 16);
  RUN(&forward, divide_up(C, vector), divide_up(Q, 3), divide_up(N * P, 2));
  Buffer* dx = output("dx", x_count);
  Kernel backward = kernel("pad_backward", vector);
  pass(&backward, input("dy", dy, y_count));
  pass(&backward, dx);
  INTEGERS(&backward, mode, top, left, C, H, W, P, Q, N * H, 3, vector, vector == 16);
  RUN(&backward, divide_up(C, vector), divide_up(W, 3), divide_up(N * H, 2));

  double* expected = doubles(y_count);
  double* gradient = doubles(x_count);
  for (int i = 0; i < (int)y_count; i++) {
    const int h = shown(mode, i / (C * Q) % P - top, H);
    const int w = shown(mode, i / C % Q - left, W);
    const int from = ((i / (C * Q * P) * H + h) * W + w) * C + i % C;
    expected[i] = h < 0 || w < 0 ? 7 : (double)x[from];
    if (h >= 0 && w >= 0) {
      gradient[from] += (double)dy[i];
    }
  }
  expect(y, expected, y_count, 0);
  expect(dx, gradient, x_count, 0);
  end_case();
}

int main(void) {
  try_copy(1, 1, 1, 1, 0, 1, 0, 1);
  try_copy(5, 3, 7, 13, 4, 9, 1, 1);
  try_copy(3, 5, 4, 8, 4, 12, 8, 4);
  try_copy(3, 2, 16, 33, 5, 20, 3, 16);
  try_flatten(1, 1, 1, 1);
  try_flatten(2, 7, 5, 1);
  try_flatten(3, 4, 13, 1);
  try_flatten(1, 5, 16, 16);
  try_flatten(2, 48, 32, 16);
  try_flatten(2, 53, 48, 16);
  for (int mode = CONSTANT; mode <= REPLICATE; mode++) {
    try_pad((Mode)mode, 1, 1, 1, 1, 0, 0, 0, 0, 1);
    try_pad((Mode)mode, 2, 4, 5, 3, 1, 2, 3, 0, 1);
    try_pad((Mode)mode, 1, 3, 4, 8, 2, 2, 1, 3, 4);
    try_pad((Mode)mode, 1, 5, 3, 16, 0, 1, 2, 2, 16);
  }
  return finish();
}
