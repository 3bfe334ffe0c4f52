// Normalisation of samples that are one row of one group, as group_norm.cl has the formulas, for CPU drivers and rows
// that stay in a near cache. One work-item: `turn` rows from get_global_id(0) turn on. A row is read once, kept in
// local memory, and written once; the next one is fetched meanwhile.
// Sums over a row run along each lane of its vectors (rows.clh), then over the lanes. Gradients of the weights are
// summed along an item's rows in local memory, then by layer_norm_parameters over the items. Groups share nothing.
//
// Arrays of a row's channels in local memory have room for a vector before and behind them, as a row may begin within a
// vector: channel c lies at VECTOR + c.

#include "vector.clh"
#include "group.clh"
#include "rows.clh"

#define PADDED(length) ((length) + 2 * VECTOR)

inline void fill(local float* numbers, const int count, const float value) {
  for (int i = 0; i < count; i++) {
    numbers[i] = value;
  }
}

inline void copy_channels(global const float* from, local float* to, const int length) {
  fill(to, PADDED(length), 0.0f);
  for (int c = 0; c < length; c++) {
    to[VECTOR + c] = from[c];
  }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void layer_norm_forward(
    global const float* x,       // (N,C) read
    global const float* weight,  // (C) read; null without
    global const float* bias,    // (C) read; null without
    global float* y,             // (N,C) overwritten; may be x
    global float* saved,         // (2,N) overwritten: mean, inverse; null if not wanted
    local FLOATV* kept,          // (C in vectors, and one vector) overwritten
    local float* channels,       // (2, C and two vectors) overwritten: weight, bias
    const int affine,
    const int save,
    const int stream,            // whether y is too large for the caches
    const int samples,
    const int turn,
    const int length,            // C
    const float epsilon) {
  local float* weights = channels;
  local float* biases = channels + PADDED(length);
  if (affine) {
    copy_channels(weight, weights, length);
    copy_channels(bias, biases, length);
  }
  const float share = 1.0f / length;
  const int end = min(samples, ((int)get_global_id(0) + 1) * turn);
  for (int n = (int)get_global_id(0) * turn; n < end; n++) {
    const size_t begin = (size_t)n * length;
    const int first = -(int)(begin % VECTOR);
    FLOATV sums = 0.0f;
    for (int c = first, i = 0; c < length; c += VECTOR, i++) {
      const FLOATV value = load_of_row(x + begin, c, length, 0.0f);
      kept[i] = value;
      sums += value;
    }
    const float guess = sum_of(sums) * share;
    FLOATV lefts = 0.0f;
    FLOATV squares = 0.0f;
    for (int c = first, i = 0; c < length; c += VECTOR, i++) {
      const FLOATV difference = of_row(kept[i] - guess, c, length);
      lefts += difference;
      squares += difference * difference;
      PREFETCH(x + begin + length + c);
    }
    // What rounding left of the differences corrects both (Chan, Golub, LeVeque 1983).
    const float drift = sum_of(lefts) * share;
    const float mean = guess + drift;
    const float inverse = 1.0f / sqrt(sum_of(squares) * share - drift * drift + epsilon);
    for (int c = first, i = 0; c < length; c += VECTOR, i++) {
      FLOATV value = (kept[i] - mean) * inverse;
      if (affine) {
        value = value * LOADV(weights + VECTOR + c) + LOADV(biases + VECTOR + c);
      }
      put_of_row(value, y + begin, c, length, stream);
    }
    if (save) {
      saved[n] = mean;
      saved[samples + n] = inverse;
    }
  }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void layer_norm_backward(
    global const float* x,       // (N,C) read
    global const float* weight,  // (C) read; null without
    global const float* dy,      // (N,C) read
    global const float* saved,   // (2,N) read: mean, inverse
    global float* partial,       // (2,items,C) overwritten: dweight, dbias of an item's rows; null without weight
    global float* dx,            // (N,C) overwritten; may be dy; null if not wanted
    local FLOATV* kept,          // (2, C in vectors, and one vector) overwritten: x normalised, dy weight
    local float* channels,       // (3, C and two vectors) overwritten: weight, dweight, dbias
    const int affine,
    const int wantDx,
    const int stream,            // whether dx is too large for the caches
    const int samples,
    const int turn,
    const int length) {          // C
  local float* weights = channels;
  local float* scales = channels + PADDED(length);
  local float* shifts = channels + 2 * PADDED(length);
  local FLOATV* slopes = kept + (length + VECTOR - 1) / VECTOR + 1;
  if (affine) {
    copy_channels(weight, weights, length);
    fill(scales, 2 * PADDED(length), 0.0f);
  }
  const float share = 1.0f / length;
  const int item = (int)get_global_id(0);
  const int end = min(samples, (item + 1) * turn);
  for (int n = item * turn; n < end; n++) {
    const size_t begin = (size_t)n * length;
    const int first = -(int)(begin % VECTOR);
    const float mean = saved[n];
    const float inverse = saved[samples + n];
    FLOATV sums = 0.0f;
    FLOATV products = 0.0f;
    for (int c = first, i = 0; c < length; c += VECTOR, i++) {
      const FLOATV value = (load_of_row(x + begin, c, length, mean) - mean) * inverse;
      PREFETCH(x + begin + length + c);
      PREFETCH(dy + begin + length + c);
      FLOATV slope = load_of_row(dy + begin, c, length, 0.0f);
      if (affine) {
        const int at = VECTOR + c;
        STOREV(LOADV(scales + at) + slope * value, scales + at);
        STOREV(LOADV(shifts + at) + slope, shifts + at);
        slope *= LOADV(weights + at);
      }
      kept[i] = value;
      slopes[i] = slope;
      sums += slope;
      products += slope * value;
    }
    const float level = sum_of(sums) * share;
    const float tilt = sum_of(products) * share;
    for (int c = first, i = 0; c < length; c += VECTOR, i++) {
      if (wantDx) {
        put_of_row((slopes[i] - level - kept[i] * tilt) * inverse, dx + begin, c, length, stream);
      }
    }
  }
  if (affine) {
    global float* ofItem = partial + (size_t)item * length;
    for (int c = 0; c < length; c++) {
      ofItem[c] = scales[VECTOR + c];
      ofItem[get_global_size(0) * length + c] = shifts[VECTOR + c];
    }
  }
}

// One work-item: VECTOR channels from get_global_id(0) VECTOR on, all items in order, in runs of 16 that are summed
// apart.
kernel void layer_norm_parameters(
    global const float* partial,  // (2,items,C) read: dweight, dbias of an item's rows
    global float* dweight,        // (C) overwritten
    global float* dbias,          // (C) overwritten
    const int items,
    const int length) {           // C
  const int c = (int)get_global_id(0) * VECTOR;
  const int count = length - c;
  FLOATV scale = 0.0f;
  FLOATV shift = 0.0f;
  for (int first = 0; first < items; first += 16) {
    FLOATV runScale = 0.0f;
    FLOATV runShift = 0.0f;
    for (int item = first; item < min(first + 16, items); item++) {
      const size_t at = (size_t)item * length + c;
      runScale += load_part(partial + at, count);
      runShift += load_part(partial + (size_t)items * length + at, count);
    }
    scale += runScale;
    shift += runShift;
  }
  store_part(scale, dweight + c, count);
  store_part(shift, dbias + c, count);
}
