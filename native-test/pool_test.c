// Maximum and mean over windows, forward and backward, with vectors of channels and blocks of columns and channels.

#include <math.h>
#include <stdio.h>

#include "harness.h"

typedef struct {
  int N, C, H, W, R, S, strideH, strideW, padH, padW;
  int vector, columnBlock, channelBlock;
} Pool;

static int P(Pool p) { return (p.H + 2 * p.padH - p.R) / p.strideH + 1; }
static int Q(Pool p) { return (p.W + 2 * p.padW - p.S) / p.strideW + 1; }

static void begin(const char* name, Pool p) {
  begin_case("pool %s: N=%d C=%d H=%d W=%d R=%d S=%d stride=%d,%d pad=%d,%d VECTOR=%d blocks=%d,%d", name, p.N, p.C, p.H,
             p.W, p.R, p.S, p.strideH, p.strideW, p.padH, p.padW, p.vector, p.columnBlock, p.channelBlock);
}

// CPU drivers have kernels of their own for squares of 2 and 3.
static int window_of(Pool p) { return p.vector == 16 && p.R == p.S && (p.R == 2 || p.R == 3) ? p.R : 0; }

static Kernel max_kernel(const char* name, Pool p, bool bytes) {
  char options[64];
  snprintf(options, sizeof(options), "-DVECTOR=%d -DWINDOW=%d -DPOSITION=%s", p.vector, bytes ? window_of(p) : 0,
           bytes ? "uchar" : "ushort");
  return kernel_of("pool_max", options, name);
}

static Kernel average_kernel(const char* name, Pool p) {
  char options[64];
  snprintf(options, sizeof(options), "-DVECTOR=%d -DWINDOW=%d", p.vector, window_of(p));
  return kernel_of("pool_average", options, name);
}

// Whether windows lie side by side, without padding: they have kernels of their own, cut from the rows of y.
static bool lie_apart(Pool p) { return p.strideH == p.R && p.strideW == p.S && p.padH == 0 && p.padW == 0; }

// The sizes, and the work of rows x columns of the tensor written; fewer items along the rows than there are.
static void sizes(Kernel* k, Pool p, int rows) {
  INTEGERS(k, p.C, p.H, p.W, P(p), Q(p), p.R, p.S, p.strideH, p.strideW, p.padH, p.padW, p.N * rows, p.columnBlock,
           p.channelBlock, p.C % 16 == 0 && p.vector == 16);
}

static void launch(Kernel* k, Pool p, int rows, int columns) {
  RUN(k, divide_up(p.C, p.channelBlock), divide_up(columns, p.columnBlock), divide_up(p.N * rows, 2));
}

// The position r S + s of the largest of a window, the first of equals.
static int largest(const float* x, Pool p, int out) {
  const int c = out % p.C;
  const int left = out / p.C % Q(p) * p.strideW - p.padW;
  const int top = out / (p.C * Q(p)) % P(p) * p.strideH - p.padH;
  const int n = out / (p.C * Q(p) * P(p));
  int best = -1;
  float value = 0;
  for (int i = 0; i < p.R * p.S; i++) {
    const int h = top + i / p.S;
    const int w = left + i % p.S;
    if (h >= 0 && h < p.H && w >= 0 && w < p.W) {
      const float here = x[((n * p.H + h) * p.W + w) * p.C + c];
      if (best < 0 || here > value) {
        best = i;
        value = here;
      }
    }
  }
  return best;
}

// The index in x of position i of the window of an output; -1 outside.
static int source(Pool p, int out, int i) {
  const int h = out / (p.C * Q(p)) % P(p) * p.strideH - p.padH + i / p.S;
  const int w = out / p.C % Q(p) * p.strideW - p.padW + i % p.S;
  const int n = out / (p.C * Q(p) * P(p));
  return h < 0 || h >= p.H || w < 0 || w >= p.W ? -1 : ((n * p.H + h) * p.W + w) * p.C + out % p.C;
}

static void try_max(Pool p, bool bytes) {
  begin("max", p);
  const size_t x_count = (size_t)(p.N * p.H * p.W * p.C);
  const size_t y_count = (size_t)(p.N * P(p) * Q(p) * p.C);
  const float* x = whole_numbers(x_count, -5, -1);
  const float* dy = whole_numbers(y_count, -9, 9);
  Buffer* y = output("y", y_count);
  Buffer* at = output_bytes("at", y_count * (bytes ? 1 : 2));
  Kernel forward = max_kernel("pool_max_forward", p, bytes);
  pass(&forward, input("x", x, x_count));
  pass(&forward, y);
  pass(&forward, at);
  sizes(&forward, p, P(p));
  launch(&forward, p, P(p), Q(p));
  Buffer* dx = output("dx", x_count);
  Kernel backward = max_kernel("pool_max_backward", p, bytes);
  pass(&backward, input("dy", dy, y_count));
  pass(&backward, at);
  pass(&backward, dx);
  sizes(&backward, p, p.H);
  launch(&backward, p, p.H, p.W);
  Buffer* apart_dx = output("dx", x_count);
  if (lie_apart(p)) {
    Kernel apart = max_kernel("pool_max_backward_apart", p, bytes);
    pass(&apart, input("dy", dy, y_count));
    pass(&apart, at);
    pass(&apart, apart_dx);
    sizes(&apart, p, P(p));
    launch(&apart, p, P(p), Q(p));
  }

  double* expected = doubles(y_count);
  double* gradient = doubles(x_count);
  const void* positions = bytes_of(at);
  for (size_t i = 0; i < y_count; i++) {
    const int best = largest(x, p, (int)i);
    const int from = source(p, (int)i, best);
    expected[i] = (double)x[from];
    gradient[from] += (double)dy[i];
    const int found = bytes ? ((const cl_uchar*)positions)[i] : ((const cl_ushort*)positions)[i];
    if (found != best) {
      fail("at[%zu] is %d, expected %d", i, found, best);
    }
  }
  expect(y, expected, y_count, 0);
  expect(dx, gradient, x_count, 0);
  if (lie_apart(p)) {
    expect(apart_dx, gradient, x_count, 0);
  }
  end_case();
}

// Positions of a window that count, as PyTorch does: those inside the image, or inside the image and its padding.
static int counted(Pool p, int out, bool include_pad) {
  const int top = out / (p.C * Q(p)) % P(p) * p.strideH - p.padH;
  const int left = out / p.C % Q(p) * p.strideW - p.padW;
  int count = 0;
  for (int i = 0; i < p.R * p.S; i++) {
    const int h = top + i / p.S;
    const int w = left + i % p.S;
    const int padH = include_pad ? p.padH : 0;
    const int padW = include_pad ? p.padW : 0;
    count += h >= -padH && h < p.H + padH && w >= -padW && w < p.W + padW;
  }
  return count;
}

static void try_average(Pool p, bool include_pad) {
  begin("average", p);
  const size_t x_count = (size_t)(p.N * p.H * p.W * p.C);
  const size_t y_count = (size_t)(p.N * P(p) * Q(p) * p.C);
  const float* x = whole_numbers(x_count, -9, 9);
  const float* dy = whole_numbers(y_count, -9, 9);
  Buffer* y = output("y", y_count);
  Kernel forward = average_kernel("pool_average_forward", p);
  pass(&forward, input("x", x, x_count));
  pass(&forward, y);
  sizes(&forward, p, P(p));
  INTEGERS(&forward, include_pad);
  launch(&forward, p, P(p), Q(p));
  Buffer* dx = output("dx", x_count);
  Kernel backward = average_kernel("pool_average_backward", p);
  pass(&backward, input("dy", dy, y_count));
  pass(&backward, dx);
  sizes(&backward, p, p.H);
  INTEGERS(&backward, include_pad);
  launch(&backward, p, p.H, p.W);
  Buffer* apart_dx = output("dx", x_count);
  if (lie_apart(p)) {
    Kernel apart = average_kernel("pool_average_backward_apart", p);
    pass(&apart, input("dy", dy, y_count));
    pass(&apart, apart_dx);
    sizes(&apart, p, P(p));
    launch(&apart, p, P(p), Q(p));
  }

  double* expected = doubles(y_count);
  double* gradient = doubles(x_count);
  for (size_t out = 0; out < y_count; out++) {
    const int count = counted(p, (int)out, include_pad);
    for (int i = 0; i < p.R * p.S; i++) {
      const int from = source(p, (int)out, i);
      if (from >= 0) {
        expected[out] += (double)x[from] / count;
        gradient[from] += (double)dy[out] / count;
      }
    }
  }
  expect(y, expected, y_count, 1e-6);
  expect(dx, gradient, x_count, 1e-6);
  if (lie_apart(p)) {
    expect(apart_dx, gradient, x_count, 1e-6);
  }
  end_case();
}

int main(void) {
  const Pool pools[] = {
      {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1},   {2, 3, 5, 7, 2, 2, 2, 2, 0, 0, 1, 3, 2},
      {2, 4, 5, 4, 3, 2, 1, 2, 1, 1, 4, 2, 4},   {1, 8, 7, 6, 3, 3, 2, 2, 1, 1, 4, 4, 4},
      {1, 32, 4, 5, 2, 3, 3, 1, 1, 0, 16, 2, 16}, {2, 80, 5, 4, 3, 2, 2, 1, 1, 1, 16, 3, 80},
      {1, 64, 3, 7, 3, 7, 1, 1, 0, 0, 16, 1, 64}, {1, 5, 6, 6, 2, 2, 3, 3, 0, 0, 1, 6, 5},
      {2, 64, 5, 7, 2, 2, 2, 2, 0, 0, 16, 2, 64}, {1, 16, 7, 6, 3, 3, 3, 3, 0, 0, 16, 2, 16},
      {1, 16, 7, 6, 3, 3, 2, 2, 1, 1, 16, 2, 16}, {1, 4, 5, 9, 2, 3, 2, 3, 0, 0, 4, 3, 4},
  };
  for (size_t i = 0; i < COUNT_OF(pools); i++) {
    try_max(pools[i], true);
    try_max(pools[i], false);
    try_average(pools[i], false);
    try_average(pools[i], true);
  }
  return finish();
}
