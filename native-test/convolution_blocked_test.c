// Register blocks, all three passes: packed weights, the pixels of dx by their remainders, dweight in parts.

#include <stdio.h>

#include "convolution.h"

#define PROGRAM "convolution_blocked"
#define GRADIENT "convolution_blocked_gradient"

typedef struct {
  int vector, pixels, vectors, channels;
} Block;

static int width(Block block) { return block.vector * block.vectors; }

static const char* options_of(Block block, const char* activation) {
  char* options = scratch(128);
  snprintf(options, 128, "-DVECTOR=%d -DPIXELS=%d -DVECTORS=%d -DCHANNELS=%d -DACTIVATION=ACTIVATION_%s", block.vector,
           block.pixels, block.vectors, block.channels, activation);
  return options;
}

// Weights in rows of whole blocks of filters, or of channels where transposed.
static Buffer* pack(const Problem* problem, Block block, Buffer* weight, bool transposed) {
  const Convolution c = problem->size;
  const int channels = c.C / c.groups;
  const int filters = c.K / c.groups;
  const int row = divide_up(transposed ? channels : filters, width(block)) * width(block);
  const int rows = transposed ? filters : channels;
  Buffer* packed = output("packed", (size_t)(c.groups * c.R * c.S * rows * row));
  Kernel kernel = kernel_of(PROGRAM, options_of(block, "IDENTITY"), transposed ? PROGRAM "_turn" : PROGRAM "_pack");
  pass(&kernel, weight);
  pass(&kernel, packed);
  INTEGERS(&kernel, c.R * c.S, channels, filters, c.groups, row);
  const int vector = transposed ? block.vector : 1;
  RUN(&kernel, divide_up(row, vector), divide_up(rows, vector), c.groups * c.R * c.S);
  return packed;
}

static void correlate(const Problem* problem, Block block, Buffer* in, Buffer* packed, Buffer* bias, Buffer* out,
                      bool backward, Taps rows, Taps columns) {
  const Convolution c = problem->size;
  const int channels = (backward ? c.K : c.C) / c.groups;
  const int filters = (backward ? c.C : c.K) / c.groups;
  const int row = divide_up(filters, width(block)) * width(block);
  float* zeros = scratch((size_t)channels * sizeof(float));
  for (int i = 0; i < channels; i++) {
    zeros[i] = 0;
  }
  Kernel kernel = kernel_of(PROGRAM, options_of(block, backward ? "IDENTITY" : "RELU"), PROGRAM);
  pass(&kernel, in);
  pass(&kernel, packed);
  pass(&kernel, bias);
  pass(&kernel, input("zeros", zeros, (size_t)channels));
  pass(&kernel, out);
  pass_correlation(&kernel, c.N, c.groups, channels, filters, backward ? problem->P : c.H, backward ? problem->Q : c.W,
                   backward ? c.H : problem->P, backward ? c.W : problem->Q, rows, columns);
  INTEGERS(&kernel, c.S, c.R * c.S * channels * row, row);
  pass_float(&kernel, 0);
  RUN(&kernel, c.groups * divide_up(filters, width(block)), divide_up(c.N * rows.count * columns.count, block.pixels), 1);
}

static void backward_data(const Problem* problem, Block block, Buffer* dy, Buffer* weight) {
  const Convolution c = problem->size;
  Buffer* packed = pack(problem, block, weight, true);
  Buffer* dx = output("dx", problem->x_count);
  for (int a = 0; a < c.strideH && a < c.H; a++) {
    for (int b = 0; b < c.strideW && b < c.W; b++) {
      correlate(problem, block, dy, packed, NULL, dx, true,
                backward_taps(a, c.H, c.R, c.strideH, c.padH, c.dilationH),
                backward_taps(b, c.W, c.S, c.strideW, c.padW, c.dilationW));
    }
  }
  expect(dx, problem->dx, problem->x_count, 0);
}

// In parts of three rows, in chunks of two; whole, or in slices and strips of one register block.
static void backward_weight(const Problem* problem, Block block, Buffer* x, Buffer* dy, bool cut) {
  const Convolution c = problem->size;
  const int channels = c.C / c.groups;
  const int filters = c.K / c.groups;
  const int rows_per_part = 3;
  const int parts = divide_up(c.N * problem->P, rows_per_part);
  const int slice = cut ? block.channels : channels;
  const int strip = (cut ? 1 : divide_up(filters, width(block))) * width(block);
  Buffer* partial = output("parts", (size_t)parts * problem->weight_count);
  Kernel kernel = kernel_of(GRADIENT, options_of(block, "IDENTITY"), PROGRAM "_backward_weight");
  pass(&kernel, x);
  pass(&kernel, dy);
  pass(&kernel, partial);
  INTEGERS(&kernel, channels, filters, c.groups, c.H, c.W, c.S, c.R * c.S, problem->P, problem->Q, c.strideH, c.strideW,
           c.padH, c.padW, c.dilationH, c.dilationW, c.N * problem->P, rows_per_part, 2, slice, strip);
  RUN(&kernel, c.R * c.S * divide_up(channels, slice), c.groups * divide_up(filters, strip), parts);
  Buffer* dweight = output("dweight", problem->weight_count);
  Kernel sum = kernel_of(GRADIENT, options_of(block, "IDENTITY"), PROGRAM "_sum");
  pass(&sum, partial);
  pass(&sum, dweight);
  INTEGERS(&sum, (int)problem->weight_count, parts);
  RUN(&sum, divide_up((int)problem->weight_count, block.vector), 1, 1);
  expect(dweight, problem->dweight, problem->weight_count, 0);
}

static void try_problem(Convolution size, Block block) {
  const Problem problem = begin_problem(PROGRAM, size);
  Buffer* x = input("x", problem.x, problem.x_count);
  Buffer* weight = input("weight", problem.weight, problem.weight_count);
  Buffer* dy = input("dy", problem.dy, problem.y_count);
  Buffer* y = output("y", problem.y_count);
  correlate(&problem, block, x, pack(&problem, block, weight, false), input("bias", problem.bias, (size_t)size.K), y,
            false, forward_taps(problem.P, size.R, size.strideH, size.padH, size.dilationH),
            forward_taps(problem.Q, size.S, size.strideW, size.padW, size.dilationW));
  expect(y, relu(&problem), problem.y_count, 0);
  backward_data(&problem, block, dy, weight);
  backward_weight(&problem, block, x, dy, false);
  backward_weight(&problem, block, x, dy, true);
  end_case();
}

int main(void) {
  const Block blocks[] = {{4, 6, 2, 3}, {16, 8, 1, 8}};
  for (size_t i = 0; i < dense_problem_count; i++) {
    for (size_t j = 0; j < COUNT_OF(blocks); j++) {
      try_problem(dense_problems[i], blocks[j]);
    }
  }
  return finish();
}
