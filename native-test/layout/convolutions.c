// The three passes: convolution_blocked.cl for (N,H,W,C), nchw.cl for (N,C,H,W), both with register blocks chosen by
// what the sizes waste.

#include <stdio.h>

#include "../convolution.h"
#include "layout_times.h"

// Loads run over the end of the last plane.
#define SLACK 8192
#define PIXELS_PER_PART 2048
#define PLANE_FLOATS_PER_PART 16384

typedef struct {
  int across, along;  // pixels x vectors of filters, or filters x vectors of pixels
} Block;

typedef struct {
  Shape c;
  int P, Q;
} Problem2;

static Problem2 problem_of(Shape c) {
  return (Problem2){c, (c.H + 2 * c.pad - c.R) / c.stride + 1, (c.W + 2 * c.pad - c.S) / c.stride + 1};
}

static int up(int value, int to) { return divide_up(value, to) * to; }

// Work done, waste included, times what loads cost: as RegisterBlock.java.
static Block cheapest(const Block* blocks, size_t count, bool nhwc, int filters, int pixels) {
  Block best = blocks[0];
  double least = 0;
  for (size_t i = 0; i < count; i++) {
    const Block b = blocks[i];
    const int vector = b.along * vector_length();
    const double work = nhwc ? up(filters, vector) : (double)up(filters, b.across) * up(pixels, vector);
    const double cost = work * (1 + 0.35 * (b.across + b.along) / (b.across * b.along));
    if (i == 0 || cost <= least) {
      least = cost;
      best = b;
    }
  }
  return best;
}

static Block nhwc_block(int filters) {
  static const Block wide[] = {{14, 1}, {14, 2}, {8, 3}, {6, 4}};
  static const Block narrow[] = {{12, 1}, {6, 2}};
  return vector_length() == 16 ? cheapest(wide, COUNT_OF(wide), true, filters, 0)
                               : cheapest(narrow, COUNT_OF(narrow), true, filters, 0);
}

static Block nchw_block(int filters, int pixels) {
  static const Block wide[] = {{3, 7}, {12, 2}, {8, 3}, {6, 4}};
  static const Block narrow[] = {{3, 3}, {12, 1}, {4, 3}, {6, 2}};
  return vector_length() == 16 ? cheapest(wide, COUNT_OF(wide), false, filters, pixels)
                               : cheapest(narrow, COUNT_OF(narrow), false, filters, pixels);
}

static char* options(const char* format, int a, int b) {
  char* text = host(256);
  char tail[128];
  snprintf(tail, sizeof(tail), format, a, b);
  snprintf(text, 256, "-DVECTOR=%d %s", vector_length(), tail);
  return text;
}

// ---- (N,H,W,C)

static Launch* correlate_blocked(Problem2 p, Floats in, Floats weight, Floats out, bool backward, Taps rows, Taps columns) {
  const Shape c = p.c;
  const int channels = backward ? c.K : c.C;
  const int filters = backward ? c.C : c.K;
  const Block block = nhwc_block(filters);
  const int row = up(filters, block.along * vector_length());
  Launch* launch =
      launch_of("convolution_blocked", options("-DPIXELS=%d -DVECTORS=%d -DACTIVATION=ACTIVATION_IDENTITY", block.across,
                                               block.along), "convolution_blocked");
  add_floats(launch, in);
  add_floats(launch, weight);
  add_buffer(launch, NULL);
  add_floats(launch, zeros((size_t)channels));
  add_floats(launch, out);
  ADD(launch, c.N, 1, channels, filters, rows.count, columns.count, backward ? p.P : c.H, backward ? p.Q : c.W,
      rows.in_step, columns.in_step, rows.in_start, columns.in_start, backward ? c.H : p.P, backward ? c.W : p.Q,
      rows.step, columns.step, rows.start, columns.start, rows.taps, columns.taps, rows.in_tap, columns.in_tap, rows.first,
      columns.first, rows.filter_step, columns.filter_step, c.S, c.R * c.S * channels * row, row);
  add_float(launch, 0);
  over(launch, (size_t)(row / (block.along * vector_length())),
       (size_t)divide_up(c.N * rows.count * columns.count, block.across), 1);
  return launch;
}

static Floats pack_blocked(Pass* pass, Problem2 p, Floats weight, bool transposed) {
  const Shape c = p.c;
  const Block block = nhwc_block(transposed ? c.C : c.K);
  const int row = up(transposed ? c.C : c.K, block.along * vector_length());
  const int rows = transposed ? c.K : c.C;
  if (!transposed && row == c.K) {
    return weight;
  }
  const Floats packed = zeros((size_t)(c.R * c.S * rows * row));
  Launch* launch = launch_of("convolution_blocked", options("-DPIXELS=%d -DVECTORS=%d -DACTIVATION=ACTIVATION_IDENTITY",
                                                            block.across, block.along),
                             transposed ? "convolution_blocked_turn" : "convolution_blocked_pack");
  add_floats(launch, weight);
  add_floats(launch, packed);
  ADD(launch, c.R * c.S, c.C, c.K, 1, row);
  const int vector = transposed ? vector_length() : 1;
  over(launch, (size_t)divide_up(row, vector), (size_t)divide_up(rows, vector), (size_t)(c.R * c.S));
  add(pass, launch);
  pass->preparing++;
  return packed;
}

static void weight_blocked(Pass* pass, Problem2 p, Floats x, Floats dy, Floats dweight) {
  const Shape c = p.c;
  const Block block = nhwc_block(c.K);
  const int channels = c.C < 6 ? c.C : 6;
  const int rows = divide_up(PIXELS_PER_PART, p.Q);
  const int parts = divide_up(c.N * p.P, rows);
  const Floats partial = parts == 1 ? dweight : zeros((size_t)parts * dweight.count);
  Launch* launch = launch_of("convolution_blocked_gradient", options("-DVECTORS=%d -DCHANNELS=%d", block.along,
                                                                     channels),
                             "convolution_blocked_backward_weight");
  add_floats(launch, x);
  add_floats(launch, dy);
  add_floats(launch, partial);
  ADD(launch, c.C, c.K, 1, c.H, c.W, c.S, c.R * c.S, p.P, p.Q, c.stride, c.stride, c.pad, c.pad, 1, 1, c.N * p.P,
      rows, rows, channels, block.along * vector_length());
  over(launch, (size_t)(c.R * c.S * divide_up(c.C, channels)), (size_t)divide_up(c.K, block.along * vector_length()),
       (size_t)parts);
  add(pass, launch);
  if (parts > 1) {
    Launch* sum = launch_of("convolution_blocked_gradient", options("-DVECTORS=%d -DCHANNELS=%d", block.along,
                                                                      channels),
                            "convolution_blocked_sum");
    add_floats(sum, partial);
    add_floats(sum, dweight);
    ADD(sum, (int)dweight.count, parts);
    over(sum, (size_t)divide_up((int)dweight.count, vector_length()), 1, 1);
    add(pass, sum);
  }
}

// ---- (N,C,H,W)

// Images in planes: what the taps of a correlation read.
typedef struct {
  Floats floats;
  int rows, columns, phase, apart;  // phase: floats from one remainder by the strides to the next
} Planes;

static Planes planes_of(Pass* pass, Floats x, Images size, int stride, int top, int rows, int columns, int apart) {
  Planes planes = {x, rows, columns, rows * columns, apart};
  if (stride == 1 && top == 0 && rows == size.H && columns == size.W && apart == rows * columns) {
    return planes;
  }
  planes.floats = zeros((size_t)size.N * (size_t)size.C * (size_t)apart + SLACK);
  Launch* launch = launch_of("nchw", options("-DFILTERS=%d -DVECTORS=%d", 6, 2), "nchw_planes");
  add_floats(launch, x);
  add_floats(launch, planes.floats);
  ADD(launch, size.H, size.W, stride, stride, top, top, rows, columns, apart);
  over(launch, (size_t)(size.N * size.C), 1, 1);
  add(pass, launch);
  pass->preparing++;
  return planes;
}

static Planes input_planes(Pass* pass, Problem2 p, Floats x) {
  const Shape c = p.c;
  const int rows = divide_up(c.H + 2 * c.pad, c.stride);
  const int columns = divide_up(c.W + 2 * c.pad, c.stride);
  return planes_of(pass, x, (Images){c.N, c.C, c.H, c.W}, c.stride, c.pad, rows, columns,
                   c.stride * c.stride * rows * columns);
}

static int offset_of(Planes planes, int r, int s, int stride) {
  return (r % stride * stride + s % stride) * planes.phase + r / stride * planes.columns + s / stride;
}

typedef struct {
  int element[64], at[64], count;
} Reads;

// One correlation: weights packed for its taps, then the sums.
static void correlate_planes(Pass* pass, Planes planes, Floats weight, Floats y, Reads taps, int N, int C, int K,
                             int filter_step, int channel_step, const int grid[8], Launch** sums) {
  const Block block = nchw_block(K, (grid[0] - 1) * planes.columns + grid[1]);
  const int blocks = divide_up(K, block.across);
  const char* built = options("-DFILTERS=%d -DVECTORS=%d", block.across, block.along);
  const Floats packed = zeros((size_t)(blocks * C * taps.count * block.across));
  Launch* pack = launch_of("nchw", built, "nchw_pack");
  add_floats(pack, weight);
  add_floats(pack, packed);
  add_buffer(pack, integers(taps.element, (size_t)taps.count));
  ADD(pack, C, K, taps.count, filter_step, channel_step);
  over(pack, (size_t)C, (size_t)blocks, 1);
  add(pass, pack);
  pass->preparing++;
  Launch* launch = launch_of("nchw", built, "nchw_correlation");
  add_floats(launch, planes.floats);
  add_floats(launch, packed);
  add_buffer(launch, integers(taps.at, (size_t)taps.count));
  add_floats(launch, y);
  ADD(launch, C, K, taps.count, planes.apart, planes.columns);
  add_integers(launch, grid, 8);
  over(launch, (size_t)blocks,
       (size_t)divide_up((grid[0] - 1) * planes.columns + grid[1], block.along * vector_length()), (size_t)N);
  *sums = launch;
}

static void name_pair(Pair* pair, Problem2 p, const char* pass) {
  const Shape c = p.c;
  snprintf(pair->name, sizeof(pair->name), "%d,%d,%d,%d->%d %dx%d/%d %s", c.N, c.C, c.H, c.W, c.K, c.R, c.S, c.stride, pass);
  pair->flops = 2.0 * c.N * p.P * p.Q * c.K * c.C * c.R * c.S;
}

static Floats with_slack(const float* values, size_t count) {
  float* longer = host((count + SLACK) * sizeof(float));
  for (size_t i = 0; i < count; i++) {
    longer[i] = values[i];
  }
  return floats(longer, count + SLACK);
}

void convolution_forward(Pair* pair, Shape c) {
  const Problem2 p = problem_of(c);
  name_pair(pair, p, "forward");
  const Images in = {c.N, c.C, c.H, c.W};
  const Images out = {c.N, c.K, p.P, p.Q};
  const float* x = noise(floats_of(in));
  const float* weight = noise((size_t)(c.K * c.C * c.R * c.S));
  pair->size = out;
  pair->count = floats_of(out);
  pair->result_nhwc = zeros(pair->count);
  pair->result_nchw = zeros(pair->count);
  const Floats last = floats(filters_last(weight, c.K, c.C, c.R * c.S), (size_t)(c.K * c.C * c.R * c.S));
  const Floats packed = pack_blocked(&pair->nhwc, p, last, false);
  add(&pair->nhwc, correlate_blocked(p, floats(channels_last(x, in), floats_of(in)), packed, pair->result_nhwc, false,
                                     forward_taps(p.P, c.R, c.stride, c.pad, 1), forward_taps(p.Q, c.S, c.stride, c.pad, 1)));
  const Planes planes = input_planes(&pair->nchw, p, with_slack(x, floats_of(in)));
  Reads taps = {.count = c.R * c.S};
  for (int t = 0; t < taps.count; t++) {
    taps.element[t] = t;
    taps.at[t] = offset_of(planes, t / c.S, t % c.S, c.stride);
  }
  Launch* sums;
  correlate_planes(&pair->nchw, planes, floats(weight, last.count), pair->result_nchw, taps, c.N, c.C, c.K,
                   c.C * c.R * c.S, c.R * c.S, (const int[]){p.P, p.Q, p.P, p.Q, 1, 1, 0, 0}, &sums);
  add(&pair->nchw, sums);
}

// dx row a + i stride meets filter row r at row (a + pad - r) / stride + i of dy, where that is whole.
static Reads meeting(Problem2 p, Planes dy, int border, int a, int b) {
  const Shape c = p.c;
  Reads taps = {.count = 0};
  for (int r = 0; r < c.R; r++) {
    for (int s = 0; s < c.S; s++) {
      const int h = a + c.pad - r;
      const int w = b + c.pad - s;
      if (h % c.stride == 0 && w % c.stride == 0) {
        taps.element[taps.count] = r * c.S + s;
        taps.at[taps.count++] = (h / c.stride + border) * dy.columns + w / c.stride + border;
      }
    }
  }
  return taps;
}

void convolution_backward_data(Pair* pair, Shape c) {
  const Problem2 p = problem_of(c);
  name_pair(pair, p, "backward data");
  const Images in = {c.N, c.C, c.H, c.W};
  const Images out = {c.N, c.K, p.P, p.Q};
  const float* dy = noise(floats_of(out));
  const float* weight = noise((size_t)(c.K * c.C * c.R * c.S));
  pair->size = in;
  pair->count = floats_of(in);
  pair->result_nhwc = zeros(pair->count);
  pair->result_nchw = zeros(pair->count);
  const Floats last = floats(filters_last(weight, c.K, c.C, c.R * c.S), (size_t)(c.K * c.C * c.R * c.S));
  const Floats packed = pack_blocked(&pair->nhwc, p, last, true);
  const Floats dy_last = floats(channels_last(dy, out), floats_of(out));
  const int before = (c.R - 1 - c.pad) / c.stride;
  const int behind_rows = (c.H - 1 + c.pad) / c.stride - (p.P - 1);
  const int behind_columns = (c.W - 1 + c.pad) / c.stride - (p.Q - 1);
  const int rows = p.P + before + (behind_rows > 0 ? behind_rows : 0);
  const int columns = p.Q + before + (behind_columns > 0 ? behind_columns : 0);
  const Planes planes =
      planes_of(&pair->nchw, with_slack(dy, floats_of(out)), out, 1, before, rows, columns, rows * columns);
  Launch* sums[4];
  int launches = 0;
  for (int a = 0; a < c.stride; a++) {
    for (int b = 0; b < c.stride; b++) {
      add(&pair->nhwc, correlate_blocked(p, dy_last, packed, pair->result_nhwc, true,
                                         backward_taps(a, c.H, c.R, c.stride, c.pad, 1),
                                         backward_taps(b, c.W, c.S, c.stride, c.pad, 1)));
      const int grid[] = {divide_up(c.H - a, c.stride), divide_up(c.W - b, c.stride), c.H, c.W, c.stride, c.stride, a, b};
      correlate_planes(&pair->nchw, planes, floats(weight, last.count), pair->result_nchw, meeting(p, planes, before, a, b),
                       c.N, c.K, c.C, c.R * c.S, c.C * c.R * c.S, grid, &sums[launches++]);
    }
  }
  for (int i = 0; i < launches; i++) {
    add(&pair->nchw, sums[i]);
  }
}

void convolution_backward_weight(Pair* pair, Shape c) {
  const Problem2 p = problem_of(c);
  name_pair(pair, p, "backward weight");
  const Images in = {c.N, c.C, c.H, c.W};
  const Images out = {c.N, c.K, p.P, p.Q};
  const float* x = noise(floats_of(in));
  const float* dy = noise(floats_of(out));
  const int taps = c.R * c.S;
  pair->filters = c.K;
  pair->channels = c.C;
  pair->taps = taps;
  pair->count = (size_t)(c.K * c.C * taps);
  pair->result_nhwc = zeros(pair->count);
  pair->result_nchw = zeros(pair->count);
  weight_blocked(&pair->nhwc, p, floats(channels_last(x, in), floats_of(in)),
                 floats(channels_last(dy, out), floats_of(out)), pair->result_nhwc);

  const Planes planes = input_planes(&pair->nchw, p, with_slack(x, floats_of(in)));
  const int plane = up(p.P * planes.columns, vector_length());
  const Planes gradients = planes_of(&pair->nchw, with_slack(dy, floats_of(out)), out, 1, 0, p.P, planes.columns, plane);
  int* at = host((size_t)(c.C * taps) * sizeof(int));
  for (int e = 0; e < c.C * taps; e++) {
    at[e] = e / taps * planes.apart + offset_of(planes, e % taps / c.S, e % c.S, c.stride);
  }
  const int filters = vector_length() == 16 ? 4 : 3;
  const int elements = vector_length() == 16 ? 6 : 3;
  const int images = c.N * filters * plane <= PLANE_FLOATS_PER_PART   ? c.N
                     : filters * plane >= PLANE_FLOATS_PER_PART ? 1
                                                                      : PLANE_FLOATS_PER_PART / (filters * plane);
  const int parts = divide_up(c.N, images);
  const Floats partial = parts == 1 ? pair->result_nchw : zeros((size_t)parts * pair->count);
  const char* built = options("-DWEIGHT_FILTERS=%d -DWEIGHT_ELEMENTS=%d", filters, elements);
  Launch* launch = launch_of("nchw", built, "nchw_backward_weight");
  add_floats(launch, planes.floats);
  add_floats(launch, gradients.floats);
  add_buffer(launch, integers(at, (size_t)(c.C * taps)));
  add_floats(launch, partial);
  ADD(launch, c.N, c.K, c.C * taps, c.C * planes.apart, plane, images);
  over(launch, (size_t)divide_up(c.C * taps, elements), (size_t)divide_up(c.K, filters), (size_t)parts);
  add(&pair->nchw, launch);
  if (parts > 1) {
    Launch* sum = launch_of("nchw", built, "nchw_sum");
    add_floats(sum, partial);
    add_floats(sum, pair->result_nchw);
    ADD(sum, (int)pair->count, parts);
    over(sum, (size_t)divide_up((int)pair->count, vector_length()), 1, 1);
    add(&pair->nchw, sum);
  }
}
