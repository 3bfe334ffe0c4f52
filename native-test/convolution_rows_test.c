// Convolution by output rows, backward-data too where the stride is 1, and filters of 1x1 as a matrix product in both
// directions: filters fill whole blocks, or one block takes them all.

#include <stdio.h>

#include "convolution.h"

#define PROGRAM "convolution_rows"
#define DOT_CHANNELS 64

typedef struct {
  int vector, pixels, vectors;
} Form;

typedef enum { ROWS, PARTIAL, POINTWISE } Kind;

static int block(Form form) { return form.vector * form.vectors; }

// Filters in the rows of weights as the kernels read them.
static int padded(Form form, int filters) { return divide_up(filters, block(form)) * block(form); }

static Kernel kernel(Form form, const char* name, Kind kind, const char* activation) {
  char options[160];
  snprintf(options, sizeof(options),
           "-DVECTOR=%d -DPIXELS=%d -DVECTORS=%d -DPOINTWISE=%d -DPARTIAL=%d -DACTIVATION=ACTIVATION_%s", form.vector,
           form.pixels, form.vectors, kind == POINTWISE, kind == PARTIAL, activation);
  return kernel_of(PROGRAM, options, name);
}

// Whether one block takes all filters of a group, or whole blocks do.
static bool fits(Form form, int filters, int groups) {
  return filters / groups % block(form) == 0 || (groups == 1 && filters < block(form));
}

// A correlation of x (N,H,W,channels) to y (N,P,Q,filters).
static void correlate(Form form, Convolution c, int P, int Q, Buffer* x, Buffer* weight, Buffer* bias, Buffer* y,
                      int stream) {
  const int columns = (Q - 1) * c.strideW + (c.S - 1) * c.dilationW + 1;
  const bool partial = c.K / c.groups % block(form) != 0;
  const int collected = partial ? Q * c.K + block(form) : 0;
  Kernel rows = kernel(form, PROGRAM, partial ? PARTIAL : ROWS, bias ? "RELU" : "IDENTITY");
  pass(&rows, x);
  pass(&rows, weight);
  pass(&rows, bias);
  pass(&rows, y);
  pass_local(&rows, (size_t)(c.R * columns * c.C + collected) * sizeof(float));
  INTEGERS(&rows, c.groups, c.C / c.groups, c.H, c.W, c.K / c.groups, c.R, c.S, P, Q);
  INTEGERS(&rows, c.strideH, c.strideW, c.padH, c.padW, c.dilationH, c.dilationW, stream);
  pass_float(&rows, 0);
  RUN(&rows, c.N * P, 1, 1);
}

static void try_rows(Convolution size, Form form, int stream) {
  const Problem problem = begin_problem(PROGRAM, size);
  Buffer* weight = input("weight", problem.weight, problem.weight_count);
  Buffer* bias = input("bias", problem.bias, (size_t)size.K);
  Buffer* y = output("y", problem.y_count);
  Buffer* read = weight;
  if (size.K < block(form)) {
    const int rows = size.R * size.S * size.C;
    read = output("padded", (size_t)(rows * block(form)));
    Kernel pad = kernel(form, PROGRAM "_pad", PARTIAL, "IDENTITY");
    pass(&pad, weight);
    pass(&pad, read);
    INTEGERS(&pad, size.K, block(form));
    RUN(&pad, block(form), rows, 1);
  }
  correlate(form, size, problem.P, problem.Q, input("x", problem.x, problem.x_count), read, bias, y, stream);
  expect(y, relu(&problem), problem.y_count, 0);
  const bool reversible = size.strideH == 1 && size.strideW == 1 && size.padH <= (size.R - 1) * size.dilationH &&
                          size.padW <= (size.S - 1) * size.dilationW;
  if (reversible && fits(form, size.C, size.groups)) {
    // Backward-data is the correlation of dy with the turned filters.
    const int taps = size.R * size.S;
    const int row = size.groups == 1 ? padded(form, size.C) : size.C;
    Buffer* turned = output("turned", (size_t)(taps * size.K / size.groups * row));
    Kernel rotate = kernel(form, PROGRAM "_rotate", row == size.C ? ROWS : PARTIAL, "IDENTITY");
    pass(&rotate, weight);
    pass(&rotate, turned);
    INTEGERS(&rotate, taps, size.C / size.groups, size.K / size.groups, size.groups, row);
    RUN(&rotate, row, size.K / size.groups, taps);
    Convolution back = size;
    back.C = size.K;
    back.K = size.C;
    back.H = problem.P;
    back.W = problem.Q;
    back.padH = (size.R - 1) * size.dilationH - size.padH;
    back.padW = (size.S - 1) * size.dilationW - size.padW;
    Buffer* dx = output("dx", problem.x_count);
    correlate(form, back, size.H, size.W, input("dy", problem.dy, problem.y_count), turned, NULL, dx, stream);
    expect(dx, problem.dx, problem.x_count, 0);
  }
  end_case();
}

static void multiply(Form form, Buffer* from, Buffer* weight, Buffer* bias, Buffer* to, int pixels, int channels,
                     int filters, const char* activation) {
  const int run = 2 * form.pixels;
  const int strip = form.vector * form.vectors;
  Kernel product = kernel(form, PROGRAM "_pointwise", POINTWISE, activation);
  pass(&product, from);
  pass(&product, weight);
  pass(&product, bias);
  pass(&product, to);
  INTEGERS(&product, pixels, channels, filters, run, strip, 0);
  pass_float(&product, 0);
  RUN(&product, divide_up(pixels, run), divide_up(filters, strip), 1);
}

static void try_pointwise(Convolution size, Form form) {
  const Problem problem = begin_problem(PROGRAM "_pointwise", size);
  const int pixels = size.N * size.H * size.W;
  Buffer* weight = input("weight", problem.weight, problem.weight_count);
  Buffer* y = output("y", problem.y_count);
  multiply(form, input("x", problem.x, problem.x_count), weight, input("bias", problem.bias, (size_t)size.K), y, pixels,
           size.C, size.K, "RELU");
  expect(y, relu(&problem), problem.y_count, 0);
  Buffer* turned = output("transposed", problem.weight_count);
  Kernel transpose = kernel(form, PROGRAM "_transpose", POINTWISE, "IDENTITY");
  pass(&transpose, weight);
  pass(&transpose, turned);
  INTEGERS(&transpose, size.C, size.K);
  RUN(&transpose, divide_up(size.C, form.vector), divide_up(size.K, form.vector), 1);
  Buffer* dx = output("dx", problem.x_count);
  multiply(form, input("dy", problem.dy, problem.y_count), turned, NULL, dx, pixels, size.K, size.C, "IDENTITY");
  expect(dx, problem.dx, problem.x_count, 0);
  // The same with weights that each block of channels transposes itself, some filters at a time.
  const int chunk = form.vector;
  Buffer* block_dx = output("dx", problem.x_count);
  Kernel blocks = kernel(form, PROGRAM "_turned", POINTWISE, "IDENTITY");
  pass(&blocks, input("dy", problem.dy, problem.y_count));
  pass(&blocks, weight);
  pass(&blocks, block_dx);
  pass(&blocks, output("turned", (size_t)(size.C * chunk)));
  INTEGERS(&blocks, pixels, size.C, size.K, chunk);
  pass_float(&blocks, 0);
  RUN(&blocks, size.C / block(form), 1, 1);
  expect(block_dx, problem.dx, problem.x_count, 0);
  if (size.K % form.vector == 0) {
    // The same without transposing.
    Buffer* dot_dx = output("dx", problem.x_count);
    Kernel dots = kernel(form, PROGRAM "_dot", POINTWISE, "IDENTITY");
    pass(&dots, input("dy", problem.dy, problem.y_count));
    pass(&dots, weight);
    pass(&dots, dot_dx);
    INTEGERS(&dots, pixels, size.C, size.K);
    RUN(&dots, divide_up(size.C, DOT_CHANNELS), 1, 1);
    expect(dot_dx, problem.dx, problem.x_count, 0);
  }
  end_case();
}

int main(void) {
  const Convolution windows[] = {
      // N C H W K R S stride pad dilation groups
      {2, 3, 5, 4, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1},
      {1, 2, 7, 9, 16, 5, 3, 2, 3, 2, 1, 1, 1, 1},
      {2, 1, 3, 1, 8, 2, 2, 1, 1, 3, 2, 1, 1, 1},
      {1, 5, 6, 8, 24, 3, 1, 1, 2, 0, 0, 1, 1, 1},
      {1, 16, 6, 5, 16, 3, 3, 1, 1, 1, 2, 2, 1, 2},
      {2, 8, 4, 5, 16, 3, 2, 1, 1, 2, 1, 1, 1, 1},
      {2, 3, 5, 7, 5, 3, 3, 1, 1, 1, 2, 1, 1, 1},
      {1, 1, 6, 9, 7, 5, 5, 1, 2, 2, 2, 1, 1, 1},
  };
  const Form forms[] = {{4, 3, 2}, {8, 5, 1}};
  for (size_t i = 0; i < COUNT_OF(windows); i++) {
    for (size_t j = 0; j < COUNT_OF(forms); j++) {
      try_rows(windows[i], forms[j], (int)j);
    }
  }
  const Convolution points[] = {
      {1, 8, 1, 1, 8, 1, 1, 1, 1, 0, 0, 1, 1, 1},
      {2, 16, 3, 5, 24, 1, 1, 1, 1, 0, 0, 1, 1, 1},
      {3, 80, 1, 1, 16, 1, 1, 1, 1, 0, 0, 1, 1, 1},
  };
  for (size_t i = 0; i < COUNT_OF(points); i++) {
    for (size_t j = 0; j < COUNT_OF(forms); j++) {
      try_pointwise(points[i], forms[j]);
    }
  }
  return finish();
}
