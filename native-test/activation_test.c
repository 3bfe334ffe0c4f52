// Every activation and its slope against the formulas in double.

#include <math.h>
#include <stdio.h>

#include "harness.h"

#define ALPHA 0.25
#define BOUND 4e-6

typedef enum { IDENTITY, RELU, LEAKY_RELU, SIGMOID, TANH, ELU, GELU, SILU, RELU6, KINDS } Kind;

static const char* const names[] = {"IDENTITY", "RELU", "LEAKY_RELU", "SIGMOID", "TANH", "ELU", "GELU", "SILU",
                                    "RELU6"};

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

static double normal(double x) { return 0.5 * erfc(-x / sqrt(2)); }

static double value(Kind kind, double x) {
  switch (kind) {
    case RELU: return x > 0 ? x : 0;
    case LEAKY_RELU: return x > 0 ? x : ALPHA * x;
    case RELU6: return x > 6 ? 6 : x > 0 ? x : 0;
    case SIGMOID: return sigmoid(x);
    case TANH: return tanh(x);
    case ELU: return x > 0 ? x : ALPHA * expm1(x);
    case GELU: return x * normal(x);
    case SILU: return x * sigmoid(x);
    default: return x;
  }
}

static double slope(Kind kind, double x) {
  switch (kind) {
    case RELU: return x > 0 ? 1 : 0;
    case LEAKY_RELU: return x > 0 ? 1 : ALPHA;
    case RELU6: return x > 0 && x < 6 ? 1 : 0;
    case SIGMOID: return sigmoid(x) * (1 - sigmoid(x));
    case TANH: return 1 - tanh(x) * tanh(x);
    case ELU: return x > 0 ? 1 : ALPHA * exp(x);
    case GELU: return normal(x) + x * exp(-x * x / 2) / sqrt(2 * acos(-1));
    case SILU: return sigmoid(x) * (1 + x * (1 - sigmoid(x)));
    default: return 1;
  }
}

static void launch(Kernel* kernel, size_t size) {
  INTEGERS(kernel, (int)size, size % 2 == 1);
  pass_float(kernel, (float)ALPHA);
  RUN(kernel, (size + 15) / 16, 1, 1);
}

static void try_kind(Kind kind, size_t size) {
  begin_case("activation: %s of %zu", names[kind], size);
  char options[64];
  snprintf(options, sizeof(options), "-DACTIVATION=ACTIVATION_%s", names[kind]);
  float* x = uniform(size, -4, 8);
  x[size / 2] = 0;
  Buffer* y = output("y", size);
  Kernel forward = kernel_of("activation", options, "activation_forward");
  pass(&forward, input("x", x, size));
  pass(&forward, y);
  launch(&forward, size);
  double* expected = doubles(size);
  float* saved = scratch(size * sizeof(float));
  for (size_t i = 0; i < size; i++) {
    expected[i] = value(kind, (double)x[i]);
    saved[i] = kind == GELU || kind == SILU ? x[i] : (float)expected[i];
  }
  expect(y, expected, size, BOUND);

  const float* dy = uniform(size, -1, 1);
  Buffer* dx = output("dx", size);
  Kernel backward = kernel_of("activation", options, "activation_backward");
  pass(&backward, input("saved", saved, size));
  pass(&backward, input("dy", dy, size));
  pass(&backward, dx);
  launch(&backward, size);
  for (size_t i = 0; i < size; i++) {
    const bool kink = kind == ELU && x[i] == 0;  // y 0 is taken for x at most 0
    expected[i] = (double)dy[i] * (kink ? ALPHA : slope(kind, (double)x[i]));
  }
  expect(dx, expected, size, BOUND);
  end_case();
}

// What no polynomial may lose: infinities, NaN, the far ends, denormal numbers. Oclgrind and CPU drivers agree on them.
static void try_ends(Kind kind) {
  begin_case("activation: %s at the ends", names[kind]);
  char options[64];
  snprintf(options, sizeof(options), "-DACTIVATION=ACTIVATION_%s", names[kind]);
  const float x[] = {NAN, INFINITY, 1e30F, 200, 100, 90, 30, 11, 1e-3F, 1e-20F, 1e-40F, -1e-40F, -1e-3F, -11, -30, -87, -90,
                     -100, -200, -1e30F};
  Buffer* y = output("y", COUNT_OF(x));
  Kernel forward = kernel_of("activation", options, "activation_forward");
  pass(&forward, input("x", x, COUNT_OF(x)));
  pass(&forward, y);
  launch(&forward, COUNT_OF(x));
  double* expected = doubles(COUNT_OF(x));
  for (size_t i = 0; i < COUNT_OF(x); i++) {
    expected[i] = isnan(x[i]) && kind != IDENTITY ? (double)NAN : (double)(float)value(kind, (double)x[i]);
  }
  expect(y, expected, COUNT_OF(x), BOUND);
  end_case();
}

// The error that functions.clh states for its sigmoid, 4 units in the last place. Far below 0 it is exp(x), whose largest
// errors lie between the whole multiples of ln 2.
static void try_small(void) {
  begin_case("activation: SIGMOID where it is small");
  enum { POINTS = 512 };
  float x[POINTS];
  double* expected = doubles(POINTS);
  for (int i = 0; i < POINTS; i++) {
    x[i] = (float)(i + 1) * -0.125F;
    expected[i] = sigmoid((double)x[i]);
  }
  Buffer* y = output("y", POINTS);
  Kernel forward = kernel_of("activation", "-DACTIVATION=ACTIVATION_SIGMOID", "activation_forward");
  pass(&forward, input("x", x, POINTS));
  pass(&forward, y);
  launch(&forward, POINTS);
  expect_relative(y, expected, POINTS, 4 * 0x1p-23);
  end_case();
}

int main(void) {
  const size_t sizes[] = {1, 7, 33};
  for (int kind = 0; kind < KINDS; kind++) {
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
      try_kind((Kind)kind, sizes[i]);
    }
    try_ends((Kind)kind);
  }
  try_small();
  return finish();
}
