// Batch normalisation with ReLU and maximum pooling in one, and its gradients, against the two one after the other in
// double; windows dealt as for CPUs (consecutive) and as for GPUs (interleaved); backward in several launches and
// in one. Statistics are given.

#include <stdio.h>

#include "harness.h"

#define BOUND 2e-5

typedef struct {
  int N, H, W, C, R, S;
  bool ceil;  // whether the last windows stick out, or leave pixels behind them
  int vector, vectors;
  int lanes, laneStride, rowStep, rowsPerLane;
  size_t items[2];  // of a group
  int stream;
} Problem;

static int along(int length, int size, bool ceil) { return ceil ? divide_up(length, size) : length / size; }

static int rows_of(Problem p) { return along(p.H, p.R, p.ceil); }

static int columns_of(Problem p) { return along(p.W, p.S, p.ceil); }

static int windows_of(Problem p) { return p.N * rows_of(p) * columns_of(p); }

static Problem consecutive(Problem p, int vectors, int per_lane) {
  p.vector = 16;
  p.vectors = vectors;
  p.lanes = divide_up(windows_of(p), per_lane);
  p.laneStride = p.rowsPerLane = per_lane;
  p.rowStep = 1;
  p.items[0] = p.items[1] = 1;
  p.stream = p.C % 16 == 0;
  return p;
}

static Problem interleaved(Problem p, int lanes) {
  p.vector = 4;
  p.vectors = 1;
  p.lanes = p.rowStep = lanes;
  p.laneStride = 1;
  p.rowsPerLane = divide_up(windows_of(p), lanes);
  p.items[0] = 2;
  p.items[1] = 4;
  return p;
}

static Kernel kernel(const char* pass, Problem p) {
  char options[48];
  char name[48];
  snprintf(options, sizeof(options), "-DVECTOR=%d -DVECTORS=%d", p.vector, p.vectors);
  snprintf(name, sizeof(name), "batch_norm_pool_%s", pass);
  return kernel_of("batch_norm_pool", options, name);
}

static void sizes(Kernel* k, Problem p) { INTEGERS(k, p.H, p.W, rows_of(p), columns_of(p), p.R, p.S); }

static void run_at_once(Kernel* k, Problem p) {
  sizes(k, p);
  INTEGERS(k, windows_of(p), p.C);
  RUN_GROUPS(k, divide_up(p.C, 16), 1, 1, 1, 1, 1);
}

static void run(Kernel* k, Problem p) {
  sizes(k, p);
  INTEGERS(k, windows_of(p), p.C, p.C, p.lanes, p.laneStride, p.rowStep, p.rowsPerLane);
  RUN_GROUPS(k, 1, divide_up(p.lanes, (int)p.items[1]), 1, p.items[0], p.items[1], 1);
}

// The pixel of window (n,p,q) where gamma x is largest, the first of equal ones, as an index of x; and its r S + s.
static int largest(Problem p, const float* x, float gamma, int window, int c, int* position) {
  const int row = window / columns_of(p) % rows_of(p);
  const int column = window % columns_of(p);
  const int n = window / columns_of(p) / rows_of(p);
  const double direction = gamma > 0 ? 1 : gamma < 0 ? -1 : 0;
  int best = 0;
  *position = -1;
  for (int r = 0; r < p.R && row * p.R + r < p.H; r++) {
    for (int s = 0; s < p.S && column * p.S + s < p.W; s++) {
      const int at = ((n * p.H + row * p.R + r) * p.W + column * p.S + s) * p.C + c;
      if (*position < 0 || direction * (double)x[at] > direction * (double)x[best]) {
        best = at;
        *position = r * p.S + s;
      }
    }
  }
  return best;
}

static void try(Problem p) {
  begin_case("batch_norm_pool: (%d,%d,%d,%d) window %dx%d ceil=%d VECTOR=%d VECTORS=%d lanes=%d", p.N, p.C, p.H, p.W, p.R,
             p.S, p.ceil, p.vector, p.vectors, p.lanes);
  char options[32];
  const size_t C = (size_t)p.C;
  const int pixels = p.N * p.H * p.W;
  const size_t count = (size_t)pixels * C;
  const size_t outputs = (size_t)windows_of(p) * C;
  // Few values, so that many are equal.
  const float* x = whole_numbers(count, -3, 3);
  const float* gamma = whole_numbers(C, -2, 2);
  const float* beta = uniform(C, 0.1f, 0.9f);
  const float* dy = uniform(outputs, -1, 1);
  const float* saved = uniform(2 * C, 0.5f, 0.7f);
  Buffer* x_in = input("x", x, count);
  Buffer* gamma_in = input("gamma", gamma, C);
  Buffer* beta_in = input("beta", beta, C);
  Buffer* saved_in = input("saved", saved, 2 * C);
  Buffer* y = output("y", outputs);
  Buffer* at = output_bytes("at", outputs);
  Kernel forward = kernel("forward", p);
  Buffer* const forward_arguments[] = {x_in, gamma_in, beta_in, saved_in, y, at};
  for (size_t i = 0; i < COUNT_OF(forward_arguments); i++) {
    pass(&forward, forward_arguments[i]);
  }
  INTEGERS(&forward, p.stream);
  run(&forward, p);

  const cl_uchar* found = bytes_of(at);
  double* expected = doubles(outputs);
  double* g = doubles(count);
  double* beta_gradient = doubles(C);
  double* gamma_gradient = doubles(C);
  for (size_t out = 0; out < outputs; out++) {
    const size_t c = out % C;
    int position;
    const int best = largest(p, x, gamma[c], (int)(out / C), (int)c, &position);
    const double centred = (double)x[best] - (double)saved[c];
    const double value = centred * (double)gamma[c] * (double)saved[C + c] + (double)beta[c];
    expected[out] = value > 0 ? value : 0;
    if (found[out] != position) {
      fail("at[%zu] is %d, expected %d", out, found[out], position);
    }
    if (value > 0) {
      g[best] = (double)dy[out];
      beta_gradient[c] += (double)dy[out];
      gamma_gradient[c] += (double)dy[out] * centred * (double)saved[C + c];
    }
  }
  expect(y, expected, outputs, BOUND);

  Buffer* dy_in = input("dy", dy, outputs);
  Buffer* partial = output("partial", 2 * (size_t)p.lanes * C);
  Kernel sums = kernel("sums", p);
  Buffer* const sums_arguments[] = {x_in, gamma_in, beta_in, dy_in, saved_in, at, partial};
  for (size_t i = 0; i < COUNT_OF(sums_arguments); i++) {
    pass(&sums, sums_arguments[i]);
  }
  run(&sums, p);
  Buffer* dgamma = output("dgamma", C);
  Buffer* dbeta = output("dbeta", C);
  snprintf(options, sizeof(options), "-DVECTOR=%d", p.vector);
  Kernel finish_kernel = kernel_of("batch_norm_backward", options, "batch_norm_finish_sums");
  Buffer* const finish_arguments[] = {partial, saved_in, dgamma, dbeta};
  for (size_t i = 0; i < COUNT_OF(finish_arguments); i++) {
    pass(&finish_kernel, finish_arguments[i]);
  }
  pass_local(&finish_kernel, 2 * sizeof(float));
  INTEGERS(&finish_kernel, p.C, p.lanes);
  RUN(&finish_kernel, C, 1, 1);
  expect(dgamma, gamma_gradient, C, BOUND);
  expect(dbeta, beta_gradient, C, BOUND);

  Buffer* dx = output("dx", count);
  Kernel backward = kernel("backward", p);
  Buffer* const arguments[] = {x_in, gamma_in, beta_in, dy_in, saved_in, at, dgamma, dbeta, dx};
  for (size_t i = 0; i < COUNT_OF(arguments); i++) {
    pass(&backward, arguments[i]);
  }
  INTEGERS(&backward, pixels, p.stream);
  run(&backward, p);
  double* gradient = doubles(count);
  for (size_t i = 0; i < count; i++) {
    const size_t c = i % C;
    const double inverse = (double)saved[C + c];
    gradient[i] = (double)gamma[c] * inverse *
                  (g[i] - beta_gradient[c] / pixels -
                   ((double)x[i] - (double)saved[c]) * inverse * gamma_gradient[c] / pixels);
  }
  expect(dx, gradient, count, BOUND);

  // For CPUs alone.
  for (int want = 0; want < 2 && p.vector == 16; want++) {
    Buffer* dgamma_at_once = output("dgamma at once", C);
    Buffer* dbeta_at_once = output("dbeta at once", C);
    Buffer* dx_at_once = want ? output("dx at once", count) : NULL;
    Kernel at_once = kernel("backward_at_once", p);
    Buffer* const all[] = {x_in, gamma_in, beta_in, dy_in, saved_in, at, dgamma_at_once, dbeta_at_once, dx_at_once};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
      pass(&at_once, all[i]);
    }
    INTEGERS(&at_once, want, pixels, p.stream);
    run_at_once(&at_once, p);
    expect(dgamma_at_once, gamma_gradient, C, BOUND);
    expect(dbeta_at_once, beta_gradient, C, BOUND);
    if (want) {
      expect(dx_at_once, gradient, count, BOUND);
    }
  }
  end_case();
}

int main(void) {
  const Problem shapes[] = {
      {.N = 2, .H = 4, .W = 6, .C = 64, .R = 2, .S = 2},
      {.N = 3, .H = 5, .W = 7, .C = 32, .R = 2, .S = 2},
      {.N = 1, .H = 7, .W = 5, .C = 7, .R = 3, .S = 2, .ceil = true},
      {.N = 2, .H = 9, .W = 4, .C = 48, .R = 1, .S = 3, .ceil = true},
      {.N = 2, .H = 4, .W = 9, .C = 21, .R = 4, .S = 4},
  };
  for (size_t i = 0; i < COUNT_OF(shapes); i++) {
    const Problem p = shapes[i];
    try(consecutive(p, p.C % 64 == 0 ? 4 : p.C % 32 == 0 ? 2 : 1, 5));
    try(consecutive(p, 4, 100));
    try(interleaved(p, 3));
  }
  return finish();
}
