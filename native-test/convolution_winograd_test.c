// Winograd's minimal filtering for CPU drivers: forward, backward-data with turned filters, and the gradient of the
// weight over two runs of tiles, and at once over one.

#include <stdio.h>

#include "convolution.h"

#define PROGRAM "convolution_winograd"
#define GRADIENT "convolution_winograd_gradient"
#define BOUND 1e-5
#define BLOCK_TILES 3

typedef struct {
  int tile, filter, vector, pixels, vectors;
} Form;

// A correlation from (N,H,W,C) to (N,P,Q,K).
typedef struct {
  int N, C, H, W, K, P, Q, padH, padW, groups;
} Grid;

// A block divides the filters of a group in both directions.
static const Convolution grouped_problems[] = {
    {1, 16, 5, 6, 32, 3, 3, 1, 1, 1, 1, 1, 1, 2},
    {1, 16, 3, 2, 16, 5, 5, 1, 1, 2, 2, 1, 1, 2},
};

static int points(Form form) {
  const int span = form.tile + form.filter - 1;
  return span * span;
}

static int block(Form form) { return form.vector * form.vectors; }
static int blocks(Form form, int filters) { return divide_up(filters, block(form)); }
static int padded(Form form, int channels) { return divide_up(channels, form.vector) * form.vector; }
static int filter_slab(Form form, int channels) { return channels * block(form) + form.vector; }
static int tiles_of(Form form, Grid g) { return g.N * divide_up(g.P, form.tile) * divide_up(g.Q, form.tile); }

static Grid forward_grid(const Problem* p) {
  const Convolution c = p->size;
  return (Grid){c.N, c.C, c.H, c.W, c.K, p->P, p->Q, c.padH, c.padW, c.groups};
}

static Grid backward_grid(const Problem* p) {
  const Convolution c = p->size;
  return (Grid){c.N, c.K, p->P, p->Q, c.C, c.H, c.W, c.R - 1 - c.padH, c.S - 1 - c.padW, c.groups};
}

static Kernel kernel(Form form, const char* program, const char* name, const char* activation) {
  char options[160];
  snprintf(options, sizeof(options),
           "-DVECTOR=%d -DPIXELS=%d -DVECTORS=%d -DTILE=%d -DFILTER=%d -DACTIVATION=ACTIVATION_%s", form.vector,
           form.pixels, form.vectors, form.tile, form.filter, activation);
  return kernel_of(program, options, name);
}

static void pass_grid(Kernel* k, Grid g) { INTEGERS(k, g.N, g.C, g.H, g.W, g.K, g.P, g.Q, g.padH, g.padW); }

static void correlate(Form form, Grid g, Buffer* x, Buffer* weight, Buffer* bias, Buffer* y, bool turned) {
  const int channels = g.C / g.groups;
  Buffer* v = output("v", (size_t)(blocks(form, g.K) * points(form) * filter_slab(form, channels)));
  Kernel filter = kernel(form, PROGRAM, turned ? PROGRAM "_filter_rotated" : PROGRAM "_filter", "IDENTITY");
  pass(&filter, weight);
  pass(&filter, v);
  if (turned) {
    INTEGERS(&filter, g.groups);
  }
  INTEGERS(&filter, channels, g.K);
  RUN(&filter, blocks(form, g.K), divide_up(channels, form.vector), 1);

  const int length = points(form) * (BLOCK_TILES * (padded(form, g.C) + block(form)) + 2 * form.vector);
  const int groups = 2;
  const int filter_groups = blocks(form, g.K) > 1 ? 2 : 1;
  Kernel k = kernel(form, PROGRAM, PROGRAM, turned ? "IDENTITY" : "RELU");
  pass(&k, x);
  pass(&k, v);
  pass(&k, bias);
  pass(&k, y);
  pass(&k, output("scratch", (size_t)(form.vector + groups * filter_groups * length)));
  pass_grid(&k, g);
  INTEGERS(&k, g.groups, BLOCK_TILES, form.vector, length);
  pass_float(&k, 0);
  RUN(&k, groups, filter_groups, 1);
}

// The same by the kernel that transforms the filters of a chunk of channels as it needs them.
static void correlate_few(Form form, Grid g, Buffer* x, Buffer* weight, Buffer* bias, Buffer* y, bool turned) {
  const int chunk = 2 * form.vector;
  const int slabs = BLOCK_TILES * (padded(form, g.C) + block(form)) + chunk * block(form) + 3 * form.vector;
  const int groups = 2;
  const int filter_groups = blocks(form, g.K) > 1 ? 2 : 1;
  Kernel k = kernel(form, PROGRAM, PROGRAM "_few", turned ? "IDENTITY" : "RELU");
  pass(&k, x);
  pass(&k, weight);
  pass(&k, bias);
  pass(&k, y);
  pass(&k, output("scratch", (size_t)(groups * filter_groups * points(form) * slabs)));
  pass_grid(&k, g);
  INTEGERS(&k, BLOCK_TILES, chunk, points(form) * slabs, turned);
  pass_float(&k, 0);
  RUN(&k, groups, filter_groups, 1);
}

// U and dM of a run of tiles, behind `start` elements.
typedef struct {
  Buffer *u, *dm;
  int run, start;
} Transformed;

static Transformed room_for(Form form, Grid g, int run) {
  const int start = form.vector;
  const size_t u_size = (size_t)(start + points(form) * (run * padded(form, g.C) + form.vector));
  const size_t dm_size = (size_t)(start + blocks(form, g.K) * points(form) * (run * block(form) + form.vector));
  return (Transformed){output("u", u_size), output("dm", dm_size), run, start};
}

static void transform(Form form, Grid g, Buffer* x, Buffer* dy, Transformed to, int first, int count) {
  Kernel k = kernel(form, GRADIENT, "winograd_gradient_transform", "IDENTITY");
  pass(&k, x);
  pass(&k, dy);
  pass(&k, to.u);
  pass(&k, to.dm);
  pass_grid(&k, g);
  INTEGERS(&k, first, to.run, to.start, to.start);
  RUN(&k, 1 + blocks(form, g.K), count, 2);
}

static void backward_weight(Form form, const Problem* problem, Buffer* x, Buffer* dy) {
  const Grid g = forward_grid(problem);
  const int channels = g.C / g.groups;
  const int tiles = tiles_of(form, g);
  const int run = divide_up(tiles, 2);
  const int weight_blocks = blocks(form, g.K);
  const Transformed parts = room_for(form, g, run);
  Buffer* dv = output("dv", (size_t)(weight_blocks * points(form) * filter_slab(form, channels)));
  for (int first = 0; first < tiles; first += run) {
    const int count = first + run < tiles ? run : tiles - first;
    transform(form, g, x, dy, parts, first, count);
    Kernel product = kernel(form, GRADIENT, "winograd_gradient_multiply", "IDENTITY");
    pass(&product, parts.u);
    pass(&product, parts.dm);
    pass(&product, dv);
    INTEGERS(&product, g.groups, channels, blocks(form, g.K / g.groups), count, run, parts.start, parts.start,
             first > 0);
    RUN(&product, divide_up(channels, form.pixels), weight_blocks, points(form));
  }
  Buffer* dweight = output("dweight", problem->weight_count);
  Kernel gather = kernel(form, GRADIENT, "winograd_gradient_gather", "IDENTITY");
  pass(&gather, dv);
  pass(&gather, dweight);
  INTEGERS(&gather, channels, g.K);
  RUN(&gather, weight_blocks, divide_up(channels, form.vector), 1);
  expect_normwise(dweight, problem->dweight, problem->weight_count, BOUND);
}

static void backward_weight_at_once(Form form, const Problem* problem, Buffer* x, Buffer* dy) {
  const Grid g = forward_grid(problem);
  const int channels = g.C / g.groups;
  const int tiles = tiles_of(form, g);
  const int groups = 3;
  const int chunk = 2 * form.pixels;
  const Transformed all = room_for(form, g, tiles);
  transform(form, g, x, dy, all, 0, tiles);
  Buffer* dweight = output("dweight", problem->weight_count);
  Kernel k = kernel(form, GRADIENT, "winograd_gradient_at_once", "IDENTITY");
  pass(&k, all.u);
  pass(&k, all.dm);
  pass(&k, output("scratch", (size_t)(groups * points(form) * filter_slab(form, chunk))));
  pass(&k, dweight);
  INTEGERS(&k, g.groups, channels, g.K, blocks(form, g.K / g.groups), tiles, all.start, all.start, chunk);
  RUN(&k, groups, 1, 1);
  expect_normwise(dweight, problem->dweight, problem->weight_count, BOUND);
}

static void try_few(Form form, const Problem* problem, Buffer* x, Buffer* weight, Buffer* dy) {
  Buffer* few_y = output("y", problem->y_count);
  Buffer* bias = input("bias", problem->bias, (size_t)problem->size.K);
  correlate_few(form, forward_grid(problem), x, weight, bias, few_y, false);
  expect_normwise(few_y, relu(problem), problem->y_count, BOUND);
  Buffer* few_dx = output("dx", problem->x_count);
  correlate_few(form, backward_grid(problem), dy, weight, NULL, few_dx, true);
  expect_normwise(few_dx, problem->dx, problem->x_count, BOUND);
}

static void try_problem(Convolution size, Form form) {
  const Problem problem = begin_problem(PROGRAM, size);
  Buffer* x = input("x", problem.x, problem.x_count);
  Buffer* weight = input("weight", problem.weight, problem.weight_count);
  Buffer* dy = input("dy", problem.dy, problem.y_count);
  Buffer* y = output("y", problem.y_count);
  correlate(form, forward_grid(&problem), x, weight, input("bias", problem.bias, (size_t)size.K), y, false);
  expect_normwise(y, relu(&problem), problem.y_count, BOUND);
  Buffer* dx = output("dx", problem.x_count);
  correlate(form, backward_grid(&problem), dy, weight, NULL, dx, true);
  expect_normwise(dx, problem.dx, problem.x_count, BOUND);
  if (size.groups == 1) {
    try_few(form, &problem, x, weight, dy);
  }
  backward_weight(form, &problem, x, dy);
  backward_weight_at_once(form, &problem, x, dy);
  end_case();
}

static void try_problems(const Convolution* sizes, size_t count, Form form) {
  for (size_t i = 0; i < count; i++) {
    if (sizes[i].R == form.filter) {
      try_problem(sizes[i], form);
    }
  }
}

int main(void) {
  const Form forms[] = {{2, 3, 4, 2, 2}, {4, 3, 4, 3, 1}, {2, 5, 4, 3, 2}};
  for (size_t j = 0; j < COUNT_OF(forms); j++) {
    try_problems(winograd_problems, winograd_problem_count, forms[j]);
    try_problems(grouped_problems, COUNT_OF(grouped_problems), forms[j]);
  }
  return finish();
}
