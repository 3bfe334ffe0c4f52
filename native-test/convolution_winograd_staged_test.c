// Winograd's minimal filtering for GPUs, stage by stage, with the products by tiles in local memory.

#include <stdio.h>

#include "convolution.h"

#define PROGRAM "convolution_winograd_staged"
#define BOUND 1e-5
#define VECTOR 4
#define ITEMS 16

typedef struct {
  int N, C, H, W, K, P, Q, padH, padW;
} Grid;

static int points(int tile) { return (tile + 2) * (tile + 2); }
static int padded(int channels) { return divide_up(channels, VECTOR) * VECTOR; }
static int vectors(int channels) { return divide_up(channels, VECTOR); }
static int tiles_of(int tile, Grid g) { return g.N * divide_up(g.P, tile) * divide_up(g.Q, tile); }

static Grid forward_grid(const Problem* p) {
  const Convolution c = p->size;
  return (Grid){c.N, c.C, c.H, c.W, c.K, p->P, p->Q, c.padH, c.padW};
}

static Grid backward_grid(const Problem* p) {
  const Convolution c = p->size;
  return (Grid){c.N, c.K, p->P, p->Q, c.C, c.H, c.W, 2 - c.padH, 2 - c.padW};
}

static Kernel kernel(int tile, const char* name, const char* activation) {
  char options[96];
  snprintf(options, sizeof(options), "-DVECTOR=%d -DTILE=%d -DACTIVATION=ACTIVATION_%s", VECTOR, tile, activation);
  return kernel_of(PROGRAM, options, name);
}

// A stage over vectors of channels and tiles or channels, in the groups that the kernels ask for.
static void run_stage(Kernel* k, int vectors_across, int places) {
  RUN_GROUPS(k, divide_up(vectors_across, 16), divide_up(places, 4), 1, 16, 4, 1);
}

static void pass_grid(Kernel* k, Grid g) { INTEGERS(k, g.N, g.C, g.H, g.W, g.K, g.P, g.Q, g.padH, g.padW); }

// A transform of a run of tiles, from the image to its points.
static void transform(int tile, Grid g, const char* name, Buffer* from, Buffer* to, int channels, int first, int run) {
  Kernel k = kernel(tile, name, "IDENTITY");
  pass(&k, from);
  pass(&k, to);
  pass_grid(&k, g);
  INTEGERS(&k, first, run, VECTOR);
  run_stage(&k, vectors(channels), run);
}

// c[m,n] = or += sum over terms of a[m,l] b[l,n] at every point; a as (L,M) where along.
static void multiply(int tile, Buffer* a, int a_start, Buffer* b, int b_start, Buffer* c, int c_start, int rows,
                     int columns, int terms, int a_row, bool along, bool add) {
  char options[128];
  snprintf(options, sizeof(options), "-DTILE_M=16 -DTILE_N=16 -DTILE_L=8 -DITEM_M=4 -DITEM_N=4 -DLOAD=4 -DALONG=%d -DBUFFERS=%d",
           along, tile == 2 ? 1 : 2);
  Kernel k = kernel_of("convolution_winograd_product", options, "winograd_product");
  pass(&k, a);
  pass(&k, b);
  pass(&k, c);
  INTEGERS(&k, rows, columns, terms, a_start, a_row, b_start, c_start, columns, add);
  RUN_GROUPS(&k, divide_up(rows, 16) * divide_up(columns, 16), points(tile), 1, ITEMS, 1, 1);
}

static Buffer* points_of_tiles(const char* name, int tile, int run, int channels) {
  return output(name, (size_t)(VECTOR + points(tile) * run * padded(channels)));
}

static void correlate(int tile, Grid g, Buffer* x, Buffer* weight, Buffer* bias, Buffer* y, bool turned) {
  Buffer* v = output("v", (size_t)(points(tile) * g.C * padded(g.K)));
  Kernel filter = kernel(tile, "winograd_staged_filter", "IDENTITY");
  pass(&filter, weight);
  pass(&filter, v);
  INTEGERS(&filter, g.C, g.K, turned);
  run_stage(&filter, vectors(g.K), g.C);
  const int tiles = tiles_of(tile, g);
  const int most = divide_up(tiles, 2);
  for (int first = 0; first < tiles; first += most) {
    const int run = first + most < tiles ? most : tiles - first;
    Buffer* u = points_of_tiles("u", tile, run, g.C);
    Buffer* m = points_of_tiles("m", tile, run, g.K);
    transform(tile, g, "winograd_staged_input", x, u, g.C, first, run);
    multiply(tile, u, VECTOR, v, 0, m, VECTOR, run, padded(g.K), g.C, padded(g.C), false, false);
    Kernel out = kernel(tile, "winograd_staged_output", turned ? "IDENTITY" : "RELU");
    pass(&out, m);
    pass(&out, bias);
    pass(&out, y);
    pass_grid(&out, g);
    INTEGERS(&out, first, run, VECTOR);
    pass_float(&out, 0);
    run_stage(&out, vectors(g.K), run);
  }
}

static void backward_weight(int tile, const Problem* problem, Buffer* x, Buffer* dy) {
  const Grid g = forward_grid(problem);
  Buffer* dv = output("dv", (size_t)(points(tile) * g.C * padded(g.K)));
  const int tiles = tiles_of(tile, g);
  const int most = divide_up(tiles, 2);
  for (int first = 0; first < tiles; first += most) {
    const int run = first + most < tiles ? most : tiles - first;
    Buffer* u = points_of_tiles("u", tile, run, g.C);
    Buffer* dm = points_of_tiles("dm", tile, run, g.K);
    transform(tile, g, "winograd_staged_input", x, u, g.C, first, run);
    transform(tile, g, "winograd_staged_gradient", dy, dm, g.K, first, run);
    multiply(tile, u, VECTOR, dm, VECTOR, dv, 0, g.C, padded(g.K), run, padded(g.C), true, first > 0);
  }
  Buffer* dweight = output("dweight", problem->weight_count);
  Kernel gather = kernel(tile, "winograd_staged_weight_gradient", "IDENTITY");
  pass(&gather, dv);
  pass(&gather, dweight);
  INTEGERS(&gather, g.C, g.K);
  run_stage(&gather, vectors(g.K), g.C);
  expect_normwise(dweight, problem->dweight, problem->weight_count, BOUND);
}

static void try_problem(Convolution size, int tile) {
  const Problem problem = begin_problem(PROGRAM, size);
  Buffer* x = input("x", problem.x, problem.x_count);
  Buffer* weight = input("weight", problem.weight, problem.weight_count);
  Buffer* dy = input("dy", problem.dy, problem.y_count);
  Buffer* y = output("y", problem.y_count);
  correlate(tile, forward_grid(&problem), x, weight, input("bias", problem.bias, (size_t)size.K), y, false);
  expect_normwise(y, relu(&problem), problem.y_count, BOUND);
  Buffer* dx = output("dx", problem.x_count);
  correlate(tile, backward_grid(&problem), dy, weight, NULL, dx, true);
  expect_normwise(dx, problem.dx, problem.x_count, BOUND);
  backward_weight(tile, &problem, x, dy);
  end_case();
}

int main(void) {
  // The smaller problems alone: Oclgrind takes its time over the products.
  for (size_t i = 0; i < 2; i++) {
    try_problem(winograd_problems[i], 2);
  }
  try_problem(winograd_problems[1], 4);
  return finish();
}
