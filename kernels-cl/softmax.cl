// Softmax y_c = exp(x_c - m) / Σ exp(x - m), m the largest of x, and its logarithm y_c = x_c - m - log Σ exp(x - m);
// backward from y: dx_c = y_c (dy_c - Σ dy y), and dx_c = dy_c - exp(y_c) Σ dy.
// One work-group: the sample n = get_group_id(0). One work-item: some of its vectors of features, as in rows.clh.
// Sums run along each lane of an item's vectors, over the lanes, then over the items as in group.clh. The forward
// pass keeps a row in local memory, so that it is read once and each exponential is computed once; rows that do not
// fit there go through the plain kernel.

#include "vector.clh"
#include "functions.clh"
#include "group.clh"
#include "rows.clh"
#include "softmax_rows.clh"

kernel void softmax_forward(
    global const float* x,  // (N,C) read
    global float* y,        // (N,C) overwritten; may be x
    local float* shared,    // (local size) overwritten
    local FLOATV* kept,     // (C in vectors, and one vector) overwritten
    const int features,
    const int logarithm,
    const int stream) {     // whether y is too large for the caches
  const size_t begin = get_group_id(0) * (size_t)features;
  const int first = FIRST_OF_ROW(begin);
  expect_end(y + begin, first, features);
  const float largest = keep_row(x + begin, first, features, kept, shared);
  FLOATV sums = (FLOATV)(0.0f);
  for (int c = first, i = FIRST_KEPT; c < features; c += ROW_STEP, i += KEPT_STEP) {
    const FLOATV above = kept[i] - largest;
    const FLOATV exponential = exp_of_negative_vector(above);
    kept[i] = logarithm ? above : exponential;
    sums += exponential;
    PREFETCH(x + begin + features + c);
    if (!stream) {
      // A store through the caches waits for its line.
      PREFETCH(y + begin + c);
    }
  }
  const float sum = group_sum(sum_of(sums), shared);
  const float scale = logarithm ? 1.0f : 1.0f / sum;
  const float below = logarithm ? log(sum) : 0.0f;
  for (int c = first, i = FIRST_KEPT; c < features; c += ROW_STEP, i += KEPT_STEP) {
    put_of_row(kept[i] * scale - below, y + begin, c, features, stream);
  }
}

// One work-item a group: rowsPerGroup rows, as in softmax_rows.clh.
kernel void softmax_forward_pipelined(
    global const float* x,  // (N,C) read
    global float* y,        // (N,C) overwritten; may be x
    local FLOATV* values,   // (C in vectors) overwritten
    local FLOATV* terms,    // (C in vectors) overwritten
    const int rows, const int rowsPerGroup, const int features,
    const int logarithm) {
  const int first = (int)get_group_id(0) * rowsPerGroup;
  const int end = min(rows, first + rowsPerGroup);
  float largest = 0.0f;
  Stored stored = {1.0f, 0.0f, -1, 0.0f};
  for (int row = first; row < end + 2; row++) {
    // Behind the last row it is read again, for nothing.
    global const float* from = x + (long)min(row, end - 1) * features;  // (C)
    global float* to = y + (long)(row - 2) * features;                  // (C), from the third turn on
    FLOATV highest;
    FLOATV sums;
    turn_of_rows(from, to, values, terms, features, row > first, row > first + 1, logarithm, largest, stored,
                 &highest, &sums);
    largest = max_of(highest);
    stored.scale = logarithm ? 1.0f : 1.0f / sum_of(sums);
    stored.below = logarithm ? log(sum_of(sums)) : 0.0f;
  }
}

kernel void softmax_forward_plain(
    global const float* x,  // (N,C) read
    global float* y,        // (N,C) overwritten; may be x
    local float* shared,    // (local size) overwritten
    const int features,
    const int logarithm,
    const int stream) {     // whether y is too large for the caches
  const size_t begin = get_group_id(0) * (size_t)features;
  const int first = FIRST_OF_ROW(begin);
  global const float* from = x + begin;
  global float* to = y + begin;
  const float largest = largest_of_row(from, first, features, shared);
  FLOATV sums = (FLOATV)(0.0f);
  for (int c = first; c < features; c += ROW_STEP) {
    sums += exp_vector(load_of_row(from, c, features, -INFINITY) - largest);
  }
  const float sum = group_sum(sum_of(sums), shared);
  const float log_sum = log(sum);
  const float scale = 1.0f / sum;
  for (int c = first; c < features; c += ROW_STEP) {
    const FLOATV above = load_of_row(from, c, features, 0.0f) - largest;
    put_of_row(logarithm ? above - log_sum : exp_vector(above) * scale, to, c, features, stream);
  }
}

kernel void softmax_backward(
    global const float* y,   // (N,C) read
    global const float* dy,  // (N,C) read
    global float* dx,        // (N,C) overwritten; may be dy
    local float* shared,     // (local size) overwritten
    const int features,
    const int logarithm,
    const int stream) {      // whether dx is too large for the caches
  const size_t begin = get_group_id(0) * (size_t)features;
  const int first = FIRST_OF_ROW(begin);
  expect_end(dx + begin, first, features);
  FLOATV sums = (FLOATV)(0.0f);
  for (int c = first; c < features; c += ROW_STEP) {
    const FLOATV slope = load_of_row(dy + begin, c, features, 0.0f);
    sums += logarithm ? slope : slope * load_of_row(y + begin, c, features, 0.0f);
    PREFETCH(dy + begin + features + c);
  }
  const float sum = group_sum(sum_of(sums), shared);
  for (int c = first; c < features; c += ROW_STEP) {
    const FLOATV slope = load_of_row(dy + begin, c, features, 0.0f);
    const FLOATV value = load_of_row(y + begin, c, features, 0.0f);
    const FLOATV result = logarithm ? slope - exp_vector(value) * sum : value * (slope - sum);
    put_of_row(result, dx + begin, c, features, stream);
    PREFETCH(y + begin + features + c);
  }
}
