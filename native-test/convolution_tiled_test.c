// Tiles in local memory, all three passes; tiles smaller and larger than the problem, loads of one and of four floats.

#include <stdio.h>

#include "convolution.h"

#define PROGRAM "convolution_tiled"

typedef struct {
  int rows, columns, depth, item_rows, item_columns, buffers;
} Tile;

static int items_of(Tile tile) { return tile.rows / tile.item_rows * (tile.columns / tile.item_columns); }

static int tiles_of(Tile tile, int rows, int columns) { return divide_up(rows, tile.rows) * divide_up(columns, tile.columns); }

static Kernel kernel(const char* name, const Problem* problem, Tile tile) {
  const Convolution c = problem->size;
  char options[192];
  snprintf(options, sizeof(options), "-DTILE_M=%d -DTILE_N=%d -DTILE_L=%d -DITEM_M=%d -DITEM_N=%d -DBUFFERS=%d "
           "-DLOAD=%d -DACTIVATION=%s",
           tile.rows, tile.columns, tile.depth, tile.item_rows, tile.item_columns, tile.buffers,
           c.C / c.groups % 4 == 0 && c.K / c.groups % 4 == 0 ? 4 : 1, "ACTIVATION_RELU");
  return kernel_of(PROGRAM, options, name);
}

static void run_tiles(Kernel* k, Tile tile, int tiles, int groups, int parts) {
  RUN_GROUPS(k, tiles, groups, parts, (size_t)items_of(tile), 1, 1);
}

static int common_divisor(int a, int b) { return b == 0 ? a : common_divisor(b, a % b); }

static void forward(const Problem* problem, Tile tile, Buffer* x, Buffer* weight) {
  const Convolution c = problem->size;
  Buffer* y = output("y", problem->y_count);
  Kernel k = kernel(PROGRAM "_forward", problem, tile);
  pass(&k, x);
  pass(&k, weight);
  pass(&k, input("bias", problem->bias, (size_t)c.K));
  pass(&k, y);
  pass_sizes(&k, problem);
  pass_float(&k, 0);
  run_tiles(&k, tile, tiles_of(tile, c.N * problem->P * problem->Q, c.K / c.groups), c.groups, 1);
  expect(y, relu(problem), problem->y_count, 0);
}

static void backward_data(const Problem* problem, Tile tile, Buffer* dy, Buffer* weight) {
  const Convolution c = problem->size;
  Buffer* dx = output("dx", problem->x_count);
  Kernel k = kernel(PROGRAM "_backward_data", problem, tile);
  pass(&k, dy);
  pass(&k, weight);
  pass(&k, dx);
  pass_sizes(&k, problem);
  INTEGERS(&k, c.strideH / common_divisor(c.strideH, c.dilationH), c.strideW / common_divisor(c.strideW, c.dilationW));
  const int pixels = c.N * divide_up(c.H, c.strideH) * divide_up(c.W, c.strideW);
  run_tiles(&k, tile, tiles_of(tile, pixels, c.C / c.groups), c.groups * c.strideH * c.strideW, 1);
  expect(dx, problem->dx, problem->x_count, 0);
}

static void backward_weight(const Problem* problem, Tile tile, Buffer* x, Buffer* dy, int pixels_per_part) {
  const Convolution c = problem->size;
  const int parts = divide_up(c.N * problem->P * problem->Q, pixels_per_part);
  Buffer* partial = output("parts", (size_t)parts * problem->weight_count);
  Kernel k = kernel(PROGRAM "_backward_weight", problem, tile);
  pass(&k, x);
  pass(&k, dy);
  pass(&k, partial);
  pass_sizes(&k, problem);
  INTEGERS(&k, pixels_per_part);
  run_tiles(&k, tile, tiles_of(tile, c.R * c.S * c.C / c.groups, c.K / c.groups), c.groups, parts);
  Buffer* dweight = output("dweight", problem->weight_count);
  Kernel sum = kernel(PROGRAM "_sum", problem, tile);
  pass(&sum, partial);
  pass(&sum, dweight);
  INTEGERS(&sum, (int)problem->weight_count, parts);
  RUN(&sum, problem->weight_count, 1, 1);
  expect(dweight, problem->dweight, problem->weight_count, 0);
}

static void try_problem(Convolution size, Tile tile) {
  const Problem problem = begin_problem(PROGRAM, size);
  Buffer* x = input("x", problem.x, problem.x_count);
  Buffer* weight = input("weight", problem.weight, problem.weight_count);
  Buffer* dy = input("dy", problem.dy, problem.y_count);
  forward(&problem, tile, x, weight);
  backward_data(&problem, tile, dy, weight);
  backward_weight(&problem, tile, x, dy, 13);
  end_case();
}

int main(void) {
  const Convolution vectors = {1, 8, 5, 6, 16, 3, 3, 2, 1, 1, 1, 1, 1, 2};
  const Tile small = {16, 16, 8, 4, 4, 2};
  const Tile narrow = {64, 16, 8, 4, 4, 2};
  for (size_t i = 0; i < dense_problem_count; i++) {
    try_problem(dense_problems[i], small);
  }
  const Tile single = {16, 16, 8, 4, 4, 1};
  try_problem(dense_problems[1], single);
  try_problem(dense_problems[5], single);
  try_problem(vectors, single);
  try_problem(vectors, small);
  try_problem(vectors, narrow);
  return finish();
}
