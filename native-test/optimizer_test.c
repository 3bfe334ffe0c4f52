// Parameter updates, and the factor of clipping by norm.

#include <math.h>
#include <stdio.h>

#include "harness.h"

#define BOUND 2e-6

// What all rules share, and the constants of some.
static const double step_size = 0.1, keep = 0.99, limit = 1.5, decay = 0.25, momentum = 0.875, smoothing = 0.75,
                    epsilon = 1e-3, root_scale = 1.5;

typedef struct {
  int size, vector;
  bool scaled;
  const float *w, *gradient, *first, *second;  // states
  double *new_w, *new_first, *new_second;
  double scale;
} Block;

static Block begin(const char* rule, int size, int vector, bool scaled) {
  begin_case("optimizer %s: size=%d VECTOR=%d scaled=%d", rule, size, vector, scaled);
  const size_t count = (size_t)size;
  return (Block){size, vector, scaled, uniform(count, -2, 2), uniform(count, -3, 3), uniform(count, -2, 2),
                 uniform(count, 0, 2), doubles(count), doubles(count), doubles(count), scaled ? 0.5 : 1};
}

static Kernel kernel(const char* name, int vector) {
  char options[32];
  snprintf(options, sizeof(options), "-DVECTOR=%d", vector);
  return kernel_of("optimizer", options, name);
}

static Kernel with_gradient(const char* name, Block block) {
  const float half = 0.5F;
  Kernel k = kernel(name, block.vector);
  pass(&k, input("gradient", block.gradient, (size_t)block.size));
  pass(&k, block.scaled ? input("scale", &half, 1) : NULL);
  return k;
}

static double g(Block block, int i) {
  return fmin(fmax(block.scale * (double)block.gradient[i], -limit), limit) + decay * (double)block.w[i];
}

static void update(Block block, int i, double change) { block.new_w[i] = keep * (double)block.w[i] - step_size * change; }

static void shared_numbers(Kernel* k, Block block, bool with_root) {
  INTEGERS(k, block.size);
  pass_float(k, (float)step_size);
  pass_float(k, (float)keep);
  if (with_root) {
    pass_float(k, (float)root_scale);
  }
  pass_float(k, (float)limit);
  pass_float(k, (float)decay);
}

static void launch(Kernel* k, Block block) { RUN(k, divide_up(block.size, block.vector), 1, 1); }

static void try_sgd(int size, int vector, bool scaled) {
  const Block block = begin("sgd", size, vector, scaled);
  Kernel k = with_gradient("optimizer_sgd", block);
  Buffer* w = updated("parameters", block.w, (size_t)size);
  pass(&k, w);
  shared_numbers(&k, block, false);
  launch(&k, block);
  for (int i = 0; i < size; i++) {
    update(block, i, g(block, i));
  }
  expect(w, block.new_w, (size_t)size, BOUND);
  end_case();
}

static void try_momentum(int size, int vector, bool nesterov) {
  const Block block = begin(nesterov ? "nesterov" : "momentum", size, vector, nesterov);
  Kernel k = with_gradient("optimizer_momentum", block);
  Buffer* buffer = updated("buffer", block.first, (size_t)size);
  Buffer* w = updated("parameters", block.w, (size_t)size);
  pass(&k, buffer);
  pass(&k, w);
  shared_numbers(&k, block, false);
  pass_float(&k, (float)momentum);
  INTEGERS(&k, nesterov);
  launch(&k, block);
  for (int i = 0; i < size; i++) {
    const double b = block.new_first[i] = momentum * (double)block.first[i] + g(block, i);
    update(block, i, nesterov ? g(block, i) + momentum * b : b);
  }
  expect(buffer, block.new_first, (size_t)size, BOUND);
  expect(w, block.new_w, (size_t)size, BOUND);
  end_case();
}

static void try_rmsprop(int size, int vector, bool with_buffer) {
  const Block block = begin("rmsprop", size, vector, with_buffer);
  Kernel k = with_gradient("optimizer_rmsprop", block);
  Buffer* average = updated("average", block.second, (size_t)size);
  Buffer* buffer = updated("buffer", block.first, (size_t)size);
  Buffer* w = updated("parameters", block.w, (size_t)size);
  pass(&k, average);
  pass(&k, with_buffer ? buffer : NULL);
  pass(&k, w);
  shared_numbers(&k, block, false);
  pass_float(&k, (float)smoothing);
  pass_float(&k, (float)(1 - smoothing));
  pass_float(&k, (float)epsilon);
  pass_float(&k, (float)momentum);
  launch(&k, block);
  for (int i = 0; i < size; i++) {
    const double s = smoothing * (double)block.second[i] + (1 - smoothing) * g(block, i) * g(block, i);
    const double change = g(block, i) / (sqrt(s) + epsilon) + (with_buffer ? momentum * (double)block.first[i] : 0);
    block.new_second[i] = s;
    block.new_first[i] = with_buffer ? change : (double)block.first[i];
    update(block, i, change);
  }
  expect(average, block.new_second, (size_t)size, BOUND);
  expect(buffer, block.new_first, (size_t)size, BOUND);
  expect(w, block.new_w, (size_t)size, BOUND);
  end_case();
}

static void try_adam(int size, int vector, bool scaled) {
  const Block block = begin("adam", size, vector, scaled);
  Kernel k = with_gradient("optimizer_adam", block);
  Buffer* mean = updated("mean", block.first, (size_t)size);
  Buffer* square = updated("square", block.second, (size_t)size);
  Buffer* w = updated("parameters", block.w, (size_t)size);
  pass(&k, mean);
  pass(&k, square);
  pass(&k, w);
  shared_numbers(&k, block, true);
  pass_float(&k, (float)momentum);
  pass_float(&k, (float)(1 - momentum));
  pass_float(&k, (float)smoothing);
  pass_float(&k, (float)(1 - smoothing));
  pass_float(&k, (float)epsilon);
  launch(&k, block);
  for (int i = 0; i < size; i++) {
    const double m = block.new_first[i] = momentum * (double)block.first[i] + (1 - momentum) * g(block, i);
    const double v = block.new_second[i] = smoothing * (double)block.second[i] + (1 - smoothing) * g(block, i) * g(block, i);
    update(block, i, m / (sqrt(v) * root_scale + epsilon));
  }
  expect(mean, block.new_first, (size_t)size, BOUND);
  expect(square, block.new_second, (size_t)size, BOUND);
  expect(w, block.new_w, (size_t)size, BOUND);
  end_case();
}

// The squares of two blocks behind a free place, then the factor of all of them.
static void try_clipping(int size, int vector, size_t items, float max_norm) {
  begin_case("optimizer clipping: size=%d VECTOR=%d items=%zu max_norm=%g", size, vector, items, (double)max_norm);
  const int chunks = divide_up(size, 4096);
  float* before = scratch((size_t)(1 + chunks) * sizeof(float));
  double* partial_sums = doubles((size_t)(1 + chunks));
  for (int i = 0; i <= chunks; i++) {
    before[i] = 64;
  }
  const float* gradient = whole_numbers((size_t)size, -3, 3);
  Buffer* partials = updated("partials", before, (size_t)(1 + chunks));
  Kernel squares = kernel("optimizer_squares", vector);
  pass(&squares, input("gradient", gradient, (size_t)size));
  pass(&squares, partials);
  pass_local(&squares, items * sizeof(float));
  INTEGERS(&squares, size, 1);
  RUN_GROUPS(&squares, chunks, 1, 1, items, 1, 1);
  Buffer* scale = output("scale", 1);
  Kernel factor = kernel("optimizer_clip_scale", vector);
  pass(&factor, partials);
  pass(&factor, scale);
  pass_local(&factor, items * sizeof(float));
  INTEGERS(&factor, 1 + chunks);
  pass_float(&factor, max_norm);
  RUN_GROUPS(&factor, 1, 1, 1, items, 1, 1);
  partial_sums[0] = 64;
  double sum = 64;
  for (int i = 0; i < size; i++) {
    partial_sums[1 + i / 4096] += (double)(gradient[i] * gradient[i]);
    sum += (double)(gradient[i] * gradient[i]);
  }
  expect(partials, partial_sums, (size_t)(1 + chunks), 0);
  const double expected = fmin(1, (double)max_norm / (sqrt(sum) + 1e-6));
  expect(scale, &expected, 1, BOUND);
  end_case();
}

int main(void) {
  const int sizes[] = {1, 7, 33};
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    for (int vector = 4; vector <= 16; vector *= 2) {
      for (int flag = 0; flag < 2; flag++) {
        try_sgd(sizes[i], vector, flag);
        try_momentum(sizes[i], vector, flag);
        try_rmsprop(sizes[i], vector, flag);
        try_adam(sizes[i], vector, flag);
      }
      try_clipping(sizes[i], vector, 6, 3);
    }
  }
  try_clipping(4096 + 77, 4, 16, 5);
  try_clipping(2 * 4096, 16, 1, 1000);
  return finish();
}
