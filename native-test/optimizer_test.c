// Parameter updates, the factor of clipping by norm, the ratios of LARS, weighted sums.

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

static void try_adagrad(int size, int vector, bool scaled) {
  const Block block = begin("adagrad", size, vector, scaled);
  Kernel k = with_gradient("optimizer_adagrad", block);
  Buffer* sum = updated("sum", block.second, (size_t)size);
  Buffer* w = updated("parameters", block.w, (size_t)size);
  pass(&k, sum);
  pass(&k, w);
  shared_numbers(&k, block, false);
  pass_float(&k, (float)epsilon);
  launch(&k, block);
  for (int i = 0; i < size; i++) {
    const double s = block.new_second[i] = (double)block.second[i] + g(block, i) * g(block, i);
    update(block, i, g(block, i) / (sqrt(s) + epsilon));
  }
  expect(sum, block.new_second, (size_t)size, BOUND);
  expect(w, block.new_w, (size_t)size, BOUND);
  end_case();
}

static void try_adadelta(int size, int vector, bool scaled) {
  const Block block = begin("adadelta", size, vector, scaled);
  Kernel k = with_gradient("optimizer_adadelta", block);
  const float* before = uniform((size_t)size, 0, 2);
  Buffer* average = updated("average", block.second, (size_t)size);
  Buffer* deltas = updated("deltas", before, (size_t)size);
  Buffer* w = updated("parameters", block.w, (size_t)size);
  pass(&k, average);
  pass(&k, deltas);
  pass(&k, w);
  shared_numbers(&k, block, false);
  pass_float(&k, (float)smoothing);
  pass_float(&k, (float)(1 - smoothing));
  pass_float(&k, (float)epsilon);
  launch(&k, block);
  for (int i = 0; i < size; i++) {
    const double s = smoothing * (double)block.second[i] + (1 - smoothing) * g(block, i) * g(block, i);
    const double d = sqrt((double)before[i] + epsilon) / sqrt(s + epsilon) * g(block, i);
    block.new_second[i] = s;
    block.new_first[i] = smoothing * (double)before[i] + (1 - smoothing) * d * d;
    update(block, i, d);
  }
  expect(average, block.new_second, (size_t)size, BOUND);
  expect(deltas, block.new_first, (size_t)size, 4 * BOUND);
  expect(w, block.new_w, (size_t)size, BOUND);
  end_case();
}

static void try_lion(int size, int vector, bool scaled) {
  const Block block = begin("lion", size, vector, scaled);
  Kernel k = with_gradient("optimizer_lion", block);
  Buffer* mean = updated("mean", block.first, (size_t)size);
  Buffer* w = updated("parameters", block.w, (size_t)size);
  pass(&k, mean);
  pass(&k, w);
  shared_numbers(&k, block, false);
  pass_float(&k, (float)momentum);
  pass_float(&k, (float)(1 - momentum));
  pass_float(&k, (float)smoothing);
  pass_float(&k, (float)(1 - smoothing));
  launch(&k, block);
  for (int i = 0; i < size; i++) {
    const double c = momentum * (double)block.first[i] + (1 - momentum) * g(block, i);
    block.new_first[i] = smoothing * (double)block.first[i] + (1 - smoothing) * g(block, i);
    update(block, i, c > 0 ? 1 : -1);
  }
  expect(mean, block.new_first, (size_t)size, BOUND);
  expect(w, block.new_w, (size_t)size, BOUND);
  end_case();
}

// Two segments of one and of two runs, with a ratio each, or none.
static void try_lars(int vector, bool with_ratios) {
  const int size = 3 * 16;
  const Block block = begin("lars", size, vector, with_ratios);
  const float segments[] = {0, 1, 1};
  const float ratios[] = {0.25F, 2};
  Kernel k = with_gradient("optimizer_lars", block);
  Buffer* buffer = updated("buffer", block.first, (size_t)size);
  Buffer* w = updated("parameters", block.w, (size_t)size);
  pass(&k, buffer);
  pass(&k, w);
  shared_numbers(&k, block, false);
  pass_float(&k, (float)momentum);
  pass(&k, with_ratios ? input("segments", segments, 3) : NULL);
  pass(&k, with_ratios ? input("ratios", ratios, 2) : NULL);
  launch(&k, block);
  for (int i = 0; i < size; i++) {
    const double ratio = with_ratios ? (double)ratios[i < 16 ? 0 : 1] : 1;
    const double b = block.new_first[i] = momentum * (double)block.first[i] + step_size * ratio * g(block, i);
    block.new_w[i] = keep * (double)block.w[i] - b;
  }
  expect(buffer, block.new_first, (size_t)size, BOUND);
  expect(w, block.new_w, (size_t)size, BOUND);
  end_case();
}

// Three segments of 1, 2 and 1 runs, the second in two pieces, the last of zeros.
static void try_ratios(int vector, size_t items, bool scaled) {
  begin_case("optimizer ratios: VECTOR=%d items=%zu scaled=%d", vector, items, scaled);
  const float pieces[] = {0, 1, 1, 1, 2, 1, 3, 1};
  const float ranges[] = {0, 1, 1, 2, 3, 1};
  const float half = 0.5F;
  const double trust = 0.125;
  float* weights = scratch(64 * sizeof(float));
  const float* gradient = whole_numbers(64, -3, 3);
  double sums[8] = {0};
  for (int i = 0; i < 64; i++) {
    weights[i] = i < 48 ? (float)(i % 5 - 2) : 0;
    sums[i / 16 * 2] += (double)(weights[i] * weights[i]);
    sums[i / 16 * 2 + 1] += (double)(gradient[i] * gradient[i]);
  }
  Kernel norms = kernel("optimizer_norms", vector);
  Buffer* partials = output("sums", 8);
  pass(&norms, input("gradient", gradient, 64));
  pass(&norms, input("parameters", weights, 64));
  pass(&norms, input("pieces", pieces, 8));
  pass(&norms, partials);
  pass_local(&norms, items * sizeof(float));
  RUN_GROUPS(&norms, 4, 1, 1, items, 1, 1);
  expect(partials, sums, 8, 0);
  Kernel k = kernel("optimizer_ratios", vector);
  Buffer* ratios = output("ratios", 3);
  pass(&k, partials);
  pass(&k, input("ranges", ranges, 6));
  pass(&k, scaled ? input("scale", &half, 1) : NULL);
  pass(&k, ratios);
  INTEGERS(&k, 3);
  pass_float(&k, (float)trust);
  pass_float(&k, (float)decay);
  RUN(&k, 3, 1, 1);
  const double factor = scaled ? 0.5 : 1;
  const double w0 = sqrt(sums[0]), w1 = sqrt(sums[2] + sums[4]);
  const double expected[] = {trust * w0 / (factor * sqrt(sums[1]) + decay * w0),
                             trust * w1 / (factor * sqrt(sums[3] + sums[5]) + decay * w1), 1};
  expect(ratios, expected, 3, BOUND);
  end_case();
}

static void try_blend(int size, int vector) {
  begin_case("optimizer blend: size=%d VECTOR=%d", size, vector);
  const float* x = uniform((size_t)size, -2, 2);
  const float* y = uniform((size_t)size, -2, 2);
  double* expected = doubles((size_t)size);
  Kernel k = kernel("optimizer_blend", vector);
  Buffer* sum = updated("y", y, (size_t)size);
  pass(&k, input("x", x, (size_t)size));
  pass(&k, sum);
  INTEGERS(&k, size);
  pass_float(&k, 0.75F);
  pass_float(&k, 0.125F);
  RUN(&k, divide_up(size, vector), 1, 1);
  for (int i = 0; i < size; i++) {
    expected[i] = 0.75 * (double)y[i] + 0.125 * (double)x[i];
  }
  expect(sum, expected, (size_t)size, BOUND);
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
        try_adagrad(sizes[i], vector, flag);
        try_adadelta(sizes[i], vector, flag);
        try_lion(sizes[i], vector, flag);
      }
      try_blend(sizes[i], vector);
      try_clipping(sizes[i], vector, 6, 3);
    }
  }
  for (int vector = 4; vector <= 16; vector *= 2) {
    for (int flag = 0; flag < 2; flag++) {
      try_lars(vector, flag);
      try_ratios(vector, flag ? 4 : 1, flag);
    }
  }
  try_clipping(4096 + 77, 4, 16, 5);
  try_clipping(2 * 4096, 16, 1, 1000);
  return finish();
}
