// Batch normalisation and pooling: batch_norm.cl and pool_max.cl with the cuts of RowLanes.java and ImageBlocks.java for
// CPU drivers, nchw_images.cl for the other layout.

#include <stdio.h>

#include "layout_times.h"

#define LANE_ELEMENTS 16384
#define MOST_ITERATIONS 16384
#define EPSILON 1e-5f
// Results above this are stored past the caches, as Launcher.java has it.
#define STREAM_BYTES (16 << 20)

static char* vector_option(int vector) {
  char* text = host(32);
  snprintf(text, 32, "-DVECTOR=%d", vector);
  return text;
}

static char* own_vector(void) { return vector_option(vector_length()); }

typedef struct {
  int items, lanes, per_lane;
} Deal;

static Deal deal_of(Images size) {
  const int rows = size.N * size.H * size.W;
  cl_uint units = 1;
  check(clGetDeviceInfo(device()->device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof(units), &units, NULL), "clGetDeviceInfo");
  int per_lane = LANE_ELEMENTS / size.C > 8 ? LANE_ELEMENTS / size.C : 8;
  per_lane = per_lane < rows ? per_lane : rows;
  const int lanes = divide_up(rows, per_lane);
  const int wanted = divide_up(4 * (int)units, lanes);
  const int vectors = divide_up(size.C, 16);
  return (Deal){vectors < wanted ? vectors : wanted, lanes, per_lane};
}

static void add_deal(Launch* launch, Images size, Deal deal) {
  ADD(launch, size.N * size.H * size.W, size.C, size.C, deal.lanes, deal.per_lane, 1, deal.per_lane);
}

static void across(Launch* launch, Images size) { over(launch, (size_t)size.C, (size_t)size.N, 1); }

static int streams(Images result) { return floats_of(result) * sizeof(float) > STREAM_BYTES; }

static Floats start_nhwc(Pass* pass, Images size, Floats x) {
  const Deal deal = deal_of(size);
  const Floats partial = zeros((size_t)(2 * deal.lanes * size.C));
  const Floats saved = zeros((size_t)(2 * size.C));
  Launch* statistics = launch_of("batch_norm", "-DVECTOR=16", "batch_norm_statistics");
  add_floats(statistics, x);
  add_floats(statistics, partial);
  add_deal(statistics, size, deal);
  over(statistics, (size_t)deal.items, (size_t)deal.lanes, 1);
  add(pass, statistics);
  Launch* finish = launch_of("batch_norm", "-DVECTOR=16", "batch_norm_finish_statistics");
  add_floats(finish, partial);
  add_floats(finish, saved);
  add_floats(finish, zeros((size_t)size.C));
  add_floats(finish, zeros((size_t)size.C));
  add_local(finish, 3 * sizeof(float));
  add_deal(finish, size, deal);
  add_float(finish, EPSILON);
  add_float(finish, 0.1f);
  over(finish, (size_t)size.C, 1, 1);
  add(pass, finish);
  return saved;
}

static void normalise_nhwc(Pass* pass, Images size, Floats x, Floats gamma, Floats beta, Floats saved, Floats y) {
  const Deal deal = deal_of(size);
  Launch* launch = launch_of("batch_norm", "-DVECTOR=16", "batch_norm_train");
  add_floats(launch, x);
  add_buffer(launch, NULL);
  add_floats(launch, gamma);
  add_floats(launch, beta);
  add_floats(launch, saved);
  add_floats(launch, y);
  ADD(launch, 0, 1, streams(size));
  add_deal(launch, size, deal);
  over(launch, (size_t)deal.items, (size_t)deal.lanes, 1);
  add(pass, launch);
}

static Floats start_nchw(Pass* pass, Images size, Floats x) {
  const int pixels = size.H * size.W;
  const Floats partial = zeros((size_t)(2 * size.N * size.C));
  const Floats saved = zeros((size_t)(2 * size.C));
  Launch* statistics = launch_of("nchw_images", own_vector(), "nchw_statistics");
  add_floats(statistics, x);
  add_floats(statistics, partial);
  ADD(statistics, size.C, pixels);
  across(statistics, size);
  add(pass, statistics);
  Launch* finish = launch_of("nchw_images", own_vector(), "nchw_finish_statistics");
  add_floats(finish, partial);
  add_floats(finish, saved);
  ADD(finish, size.N, size.C, pixels);
  add_float(finish, EPSILON);
  over(finish, (size_t)size.C, 1, 1);
  add(pass, finish);
  return saved;
}

static void normalise_nchw(Pass* pass, Images size, Floats x, Floats gamma, Floats beta, Floats saved, Floats y) {
  Launch* launch = launch_of("nchw_images", own_vector(), "nchw_normalise");
  add_floats(launch, x);
  add_floats(launch, gamma);
  add_floats(launch, beta);
  add_floats(launch, saved);
  add_floats(launch, y);
  ADD(launch, size.C, size.H * size.W);
  across(launch, size);
  add(pass, launch);
}

static void prepare_pair(Pair* pair, Images size, const char* what) {
  snprintf(pair->name, sizeof(pair->name), "%d,%d,%d,%d %s", size.N, size.C, size.H, size.W, what);
  pair->size = size;
  pair->count = floats_of(size);
  pair->result_nhwc = zeros(pair->count);
  pair->result_nchw = zeros(pair->count);
}

void batch_norm_forward(Pair* pair, Images size) {
  prepare_pair(pair, size, "batch-norm forward");
  pair->bytes = 12.0 * (double)pair->count;
  const float* x = noise(pair->count);
  const Floats gamma = floats(noise((size_t)size.C), (size_t)size.C);
  const Floats beta = floats(noise((size_t)size.C), (size_t)size.C);
  const Floats last = floats(channels_last(x, size), pair->count);
  const Floats first = floats(x, pair->count);
  normalise_nhwc(&pair->nhwc, size, last, gamma, beta, start_nhwc(&pair->nhwc, size, last), pair->result_nhwc);
  normalise_nchw(&pair->nchw, size, first, gamma, beta, start_nchw(&pair->nchw, size, first), pair->result_nchw);
}

static void gradient_nhwc(Pass* pass, Images size, Floats x, Floats y, Floats gamma, Floats beta, Floats dy, Floats saved,
                          Floats dx) {
  const Deal deal = deal_of(size);
  const Floats partial = zeros((size_t)(2 * deal.lanes * size.C));
  const Floats dgamma = zeros((size_t)size.C);
  const Floats dbeta = zeros((size_t)size.C);
  Launch* sums = launch_of("batch_norm_backward", "-DVECTOR=16", "batch_norm_sums");
  const Floats read[] = {x, y, gamma, beta, dy, saved, partial};
  for (size_t i = 0; i < COUNT_OF(read); i++) {
    add_floats(sums, read[i]);
  }
  // The mask of the ReLU is read from y, as NCHW's kernels have it.
  ADD(sums, 2);
  add_deal(sums, size, deal);
  over(sums, (size_t)deal.items, (size_t)deal.lanes, 1);
  add(pass, sums);
  Launch* finish = launch_of("batch_norm_backward", "-DVECTOR=16", "batch_norm_finish_sums");
  const Floats merged[] = {partial, saved, dgamma, dbeta};
  for (size_t i = 0; i < COUNT_OF(merged); i++) {
    add_floats(finish, merged[i]);
  }
  add_local(finish, 2 * sizeof(float));
  ADD(finish, size.C, deal.lanes);
  over(finish, (size_t)size.C, 1, 1);
  add(pass, finish);
  Launch* launch = launch_of("batch_norm_backward", "-DVECTOR=16", "batch_norm_backward");
  const Floats all[] = {x, y, gamma, beta, dy, saved, dgamma, dbeta, dx};
  for (size_t i = 0; i < COUNT_OF(all); i++) {
    add_floats(launch, all[i]);
  }
  add_buffer(launch, NULL);
  ADD(launch, 1, 0, 2, streams(size));
  add_deal(launch, size, deal);
  over(launch, (size_t)deal.items, (size_t)deal.lanes, 1);
  add(pass, launch);
}

static void gradient_nchw(Pass* pass, Images size, Floats x, Floats y, Floats gamma, Floats dy, Floats saved, Floats dx) {
  const Floats partial = zeros((size_t)(2 * size.N * size.C));
  const Floats dgamma = zeros((size_t)size.C);
  const Floats dbeta = zeros((size_t)size.C);
  Launch* sums = launch_of("nchw_images", own_vector(), "nchw_gradient_sums");
  const Floats read[] = {x, y, dy, saved, partial};
  for (size_t i = 0; i < COUNT_OF(read); i++) {
    add_floats(sums, read[i]);
  }
  ADD(sums, size.C, size.H * size.W);
  across(sums, size);
  add(pass, sums);
  Launch* finish = launch_of("nchw_images", own_vector(), "nchw_finish_sums");
  const Floats merged[] = {partial, saved, dgamma, dbeta};
  for (size_t i = 0; i < COUNT_OF(merged); i++) {
    add_floats(finish, merged[i]);
  }
  ADD(finish, size.N, size.C);
  over(finish, (size_t)size.C, 1, 1);
  add(pass, finish);
  Launch* launch = launch_of("nchw_images", own_vector(), "nchw_gradient");
  const Floats all[] = {x, y, gamma, dy, saved, dgamma, dbeta, dx};
  for (size_t i = 0; i < COUNT_OF(all); i++) {
    add_floats(launch, all[i]);
  }
  ADD(launch, size.N, size.C, size.H * size.W);
  across(launch, size);
  add(pass, launch);
}

void batch_norm_backward(Pair* pair, Images size) {
  prepare_pair(pair, size, "batch-norm backward");
  pair->bytes = 28.0 * (double)pair->count;
  const float* x = noise(pair->count);
  const float* dy = noise(pair->count);
  const Floats gamma = floats(noise((size_t)size.C), (size_t)size.C);
  const Floats beta = floats(noise((size_t)size.C), (size_t)size.C);
  // y and the statistics, once: what the forward pass left.
  Pass forward = {.count = 0};
  const Floats last = floats(channels_last(x, size), pair->count);
  const Floats first = floats(x, pair->count);
  const Floats y_last = zeros(pair->count);
  const Floats y_first = zeros(pair->count);
  const Floats saved_last = start_nhwc(&forward, size, last);
  const Floats saved_first = start_nchw(&forward, size, first);
  normalise_nhwc(&forward, size, last, gamma, beta, saved_last, y_last);
  normalise_nchw(&forward, size, first, gamma, beta, saved_first, y_first);
  run_once(&forward, 0);
  const Floats dy_last = floats(channels_last(dy, size), pair->count);
  gradient_nhwc(&pair->nhwc, size, last, y_last, gamma, beta, dy_last, saved_last, pair->result_nhwc);
  gradient_nchw(&pair->nchw, size, first, y_first, gamma, floats(dy, pair->count), saved_first, pair->result_nchw);
}

// ---- pooling

typedef struct {
  Images in, out;
  int size, pad;
} Window;

static Window window_of(Images in, int size) {
  const int pad = size / 2 - 1 + size % 2;
  return (Window){in, {in.N, in.C, (in.H + 2 * pad - size) / 2 + 1, (in.W + 2 * pad - size) / 2 + 1}, size, pad};
}

// Windows of 2x2 lie side by side, and backward is cut from y, too.
static Launch* pool_nhwc(Window w, bool gradient, cl_mem a, cl_mem b, cl_mem c) {
  const Images in = w.in;
  const bool apart = w.size == 2;
  const Images cut = gradient && !apart ? in : w.out;
  const char* name = !gradient ? "pool_max_forward" : apart ? "pool_max_backward_apart" : "pool_max_backward";
  const int vector = in.C % 16 == 0 ? 16 : 4;
  char* built = host(64);
  snprintf(built, 64, "-DVECTOR=%d -DWINDOW=%d -DPOSITION=uchar", vector, vector == 16 ? w.size : 0);
  const int affordable = MOST_ITERATIONS / (1 + w.size * (w.size + 1));
  const int vectors = in.C / vector < affordable ? in.C / vector : affordable;
  const int columns = cut.W < affordable / vectors ? cut.W : affordable / vectors;
  Launch* launch = launch_of("pool_max", built, name);
  add_buffer(launch, a);
  add_buffer(launch, b);
  add_buffer(launch, c);
  ADD(launch, in.C, in.H, in.W, w.out.H, w.out.W, w.size, w.size, 2, 2, w.pad, w.pad, cut.N * cut.H, columns,
      vectors * vector, streams(gradient ? in : w.out));
  over(launch, (size_t)divide_up(in.C / vector, vectors), (size_t)divide_up(cut.W, columns), (size_t)(cut.N * cut.H));
  return launch;
}

static Launch* pool_nchw(const char* name, Window w, cl_mem a, cl_mem b, cl_mem c) {
  char* built = host(64);
  snprintf(built, 64, "-DVECTOR=%d -DSIZE=%d", vector_length(), w.size);
  Launch* launch = launch_of("nchw_images", built, name);
  add_buffer(launch, a);
  add_buffer(launch, b);
  add_buffer(launch, c);
  ADD(launch, w.in.H, w.in.W, w.out.H, w.out.W);
  over(launch, (size_t)(w.in.N * w.in.C), 1, 1);
  return launch;
}

typedef struct {
  Window window;
  Floats x_last, x_first, y_last, y_first;
  cl_mem at_last, at_first;
} Pooling;

static Pooling pooling_of(Images size, int window) {
  const Window w = window_of(size, window);
  const size_t in = floats_of(w.in);
  const size_t out = floats_of(w.out);
  const float* x = noise(in);
  return (Pooling){w, floats(channels_last(x, size), in), floats(x, in), zeros(out), zeros(out), bytes(out), bytes(out)};
}

void pool_forward(Pair* pair, Images size, int window) {
  const Pooling p = pooling_of(size, window);
  prepare_pair(pair, p.window.out, "");
  snprintf(pair->name, sizeof(pair->name), "%d,%d,%d,%d pool %dx%d/2 forward", size.N, size.C, size.H, size.W, window, window);
  pair->bytes = 4.0 * (double)floats_of(size) + 5.0 * (double)pair->count;
  pair->result_nhwc = p.y_last;
  pair->result_nchw = p.y_first;
  add(&pair->nhwc, pool_nhwc(p.window, false, p.x_last.memory, p.y_last.memory, p.at_last));
  add(&pair->nchw, pool_nchw("nchw_pool", p.window, p.x_first.memory, p.y_first.memory, p.at_first));
}

void pool_backward(Pair* pair, Images size, int window) {
  const Pooling p = pooling_of(size, window);
  prepare_pair(pair, size, "");
  snprintf(pair->name, sizeof(pair->name), "%d,%d,%d,%d pool %dx%d/2 backward", size.N, size.C, size.H, size.W, window, window);
  const size_t out = floats_of(p.window.out);
  pair->bytes = 4.0 * (double)pair->count + 5.0 * (double)out;
  Pass forward = {.count = 0};
  add(&forward, pool_nhwc(p.window, false, p.x_last.memory, p.y_last.memory, p.at_last));
  add(&forward, pool_nchw("nchw_pool", p.window, p.x_first.memory, p.y_first.memory, p.at_first));
  run_once(&forward, 0);
  const float* dy = noise(out);
  const Floats dy_last = floats(channels_last(dy, p.window.out), out);
  add(&pair->nhwc, pool_nhwc(p.window, true, dy_last.memory, p.at_last, pair->result_nhwc.memory));
  add(&pair->nchw, pool_nchw("nchw_pool_gradient", p.window, floats(dy, out).memory, p.at_first, pair->result_nchw.memory));
}
