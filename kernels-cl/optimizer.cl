// Parameter updates over a flat block (formulas: dev.gabor.backend.UpdateRule), the factor of clipping by norm, the
// trust ratios of LARS, and weighted sums.
// Updates: one work-item holds VECTOR elements from VECTOR get_global_id(0) on, the last one what is left; groups
// share nothing. Every rule begins with g = clamp(scale gradient, ±limit) + decay w and ends with
// w = keep w - step_size change.

#include "group.clh"

// Elements of one work-item: 4, 8 or 16. A GPU reads best when neighbouring items read neighbouring 16 bytes.
#include "vector.clh"

// g of every rule; a NaN passes the clamp, so that a broken gradient shows.
FLOATV regularized(FLOATV gradient, global const float* scale, FLOATV w, float limit, float decay) {
  FLOATV g = scale ? gradient * scale[0] : gradient;
  const FLOATV high = (FLOATV)(limit);
  g = select(g, high, isgreater(g, high));
  g = select(g, -high, isless(g, -high));
  return g + decay * w;
}

kernel void optimizer_sgd(
    global const float* gradient,  // (size) read
    global const float* scale,     // (1) read, or null for 1
    global float* parameters,      // (size) added to
    const int size,
    const float step_size,
    const float keep,
    const float limit,
    const float decay) {
  const int first = (int)get_global_id(0) * VECTOR;
  const FLOATV w = load_part(parameters + first, size - first);
  const FLOATV g = regularized(load_part(gradient + first, size - first), scale, w, limit, decay);
  store_part(keep * w - step_size * g, parameters + first, size - first);
}

kernel void optimizer_momentum(
    global const float* gradient,  // (size) read
    global const float* scale,     // (1) read, or null for 1
    global float* buffer,          // (size) added to
    global float* parameters,      // (size) added to
    const int size,
    const float step_size,
    const float keep,
    const float limit,
    const float decay,
    const float momentum,
    const int nesterov) {
  const int first = (int)get_global_id(0) * VECTOR;
  const FLOATV w = load_part(parameters + first, size - first);
  const FLOATV g = regularized(load_part(gradient + first, size - first), scale, w, limit, decay);
  const FLOATV b = momentum * load_part(buffer + first, size - first) + g;
  store_part(b, buffer + first, size - first);
  const FLOATV change = nesterov ? g + momentum * b : b;
  store_part(keep * w - step_size * change, parameters + first, size - first);
}

kernel void optimizer_rmsprop(
    global const float* gradient,  // (size) read
    global const float* scale,     // (1) read, or null for 1
    global float* average,         // (size) added to
    global float* buffer,          // (size) added to, or null without momentum
    global float* parameters,      // (size) added to
    const int size,
    const float step_size,
    const float keep,
    const float limit,
    const float decay,
    const float smoothing,
    const float rest,
    const float epsilon,
    const float momentum) {
  const int first = (int)get_global_id(0) * VECTOR;
  const FLOATV w = load_part(parameters + first, size - first);
  const FLOATV g = regularized(load_part(gradient + first, size - first), scale, w, limit, decay);
  const FLOATV s = smoothing * load_part(average + first, size - first) + rest * (g * g);
  store_part(s, average + first, size - first);
  FLOATV change = g / (sqrt(s) + epsilon);
  if (buffer) {
    change += momentum * load_part(buffer + first, size - first);
    store_part(change, buffer + first, size - first);
  }
  store_part(keep * w - step_size * change, parameters + first, size - first);
}

kernel void optimizer_adam(
    global const float* gradient,  // (size) read
    global const float* scale,     // (1) read, or null for 1
    global float* mean,            // (size) added to
    global float* square,          // (size) added to
    global float* parameters,      // (size) added to
    const int size,
    const float step_size,
    const float keep,
    const float root_scale,
    const float limit,
    const float decay,
    const float momentum,
    const float momentum_rest,
    const float smoothing,
    const float smoothing_rest,
    const float epsilon) {
  const int first = (int)get_global_id(0) * VECTOR;
  const FLOATV w = load_part(parameters + first, size - first);
  const FLOATV g = regularized(load_part(gradient + first, size - first), scale, w, limit, decay);
  const FLOATV m = momentum * load_part(mean + first, size - first) + momentum_rest * g;
  store_part(m, mean + first, size - first);
  const FLOATV v = smoothing * load_part(square + first, size - first) + smoothing_rest * (g * g);
  store_part(v, square + first, size - first);
  store_part(keep * w - step_size * (m / (sqrt(v) * root_scale + epsilon)), parameters + first, size - first);
}

kernel void optimizer_adagrad(
    global const float* gradient,  // (size) read
    global const float* scale,     // (1) read, or null for 1
    global float* sum,             // (size) added to
    global float* parameters,      // (size) added to
    const int size,
    const float step_size,
    const float keep,
    const float limit,
    const float decay,
    const float epsilon) {
  const int first = (int)get_global_id(0) * VECTOR;
  const FLOATV w = load_part(parameters + first, size - first);
  const FLOATV g = regularized(load_part(gradient + first, size - first), scale, w, limit, decay);
  const FLOATV s = load_part(sum + first, size - first) + g * g;
  store_part(s, sum + first, size - first);
  store_part(keep * w - step_size * (g / (sqrt(s) + epsilon)), parameters + first, size - first);
}

kernel void optimizer_adadelta(
    global const float* gradient,  // (size) read
    global const float* scale,     // (1) read, or null for 1
    global float* average,         // (size) added to
    global float* deltas,          // (size) added to
    global float* parameters,      // (size) added to
    const int size,
    const float step_size,
    const float keep,
    const float limit,
    const float decay,
    const float smoothing,
    const float rest,
    const float epsilon) {
  const int first = (int)get_global_id(0) * VECTOR;
  const FLOATV w = load_part(parameters + first, size - first);
  const FLOATV g = regularized(load_part(gradient + first, size - first), scale, w, limit, decay);
  const FLOATV s = smoothing * load_part(average + first, size - first) + rest * (g * g);
  store_part(s, average + first, size - first);
  const FLOATV u = load_part(deltas + first, size - first);
  const FLOATV d = sqrt(u + epsilon) / sqrt(s + epsilon) * g;
  store_part(smoothing * u + rest * (d * d), deltas + first, size - first);
  store_part(keep * w - step_size * d, parameters + first, size - first);
}

kernel void optimizer_lion(
    global const float* gradient,  // (size) read
    global const float* scale,     // (1) read, or null for 1
    global float* mean,            // (size) added to
    global float* parameters,      // (size) added to
    const int size,
    const float step_size,
    const float keep,
    const float limit,
    const float decay,
    const float momentum,
    const float momentum_rest,
    const float smoothing,
    const float smoothing_rest) {
  const int first = (int)get_global_id(0) * VECTOR;
  const FLOATV w = load_part(parameters + first, size - first);
  const FLOATV g = regularized(load_part(gradient + first, size - first), scale, w, limit, decay);
  const FLOATV m = load_part(mean + first, size - first);
  const FLOATV c = momentum * m + momentum_rest * g;
  store_part(smoothing * m + smoothing_rest * g, mean + first, size - first);
  // sign() makes 0 of a NaN, which must show.
  const FLOATV direction = select(sign(c), c, isnan(c));
  store_part(keep * w - step_size * direction, parameters + first, size - first);
}

// Every run of RUN elements belongs to one segment; RUN is a multiple of VECTOR.
#define RUN 16

kernel void optimizer_lars(
    global const float* gradient,  // (size) read
    global const float* scale,     // (1) read, or null for 1
    global float* buffer,          // (size) added to
    global float* parameters,      // (size) added to
    const int size,
    const float step_size,
    const float keep,
    const float limit,
    const float decay,
    const float momentum,
    global const float* segments,  // (size / RUN) read: the segment of each run, or null for ratios of 1
    global const float* ratios) {  // (segments) read, or null
  const int first = (int)get_global_id(0) * VECTOR;
  const FLOATV w = load_part(parameters + first, size - first);
  const FLOATV g = regularized(load_part(gradient + first, size - first), scale, w, limit, decay);
  const float rate = segments ? step_size * ratios[(int)segments[first / RUN]] : step_size;
  const FLOATV b = momentum * load_part(buffer + first, size - first) + rate * g;
  store_part(b, buffer + first, size - first);
  store_part(keep * w - b, parameters + first, size - first);
}

// One work-group: the squares of the piece get_group_id(0), of parameters and of the gradient, to sums. One
// work-item: VECTOR elements, then those VECTOR local size further on; lanes are summed last.
kernel void optimizer_norms(
    global const float* gradient,    // (runs RUN) read
    global const float* parameters,  // (runs RUN) read
    global const float* pieces,      // (pieces,2) read: first run, runs
    global float* sums,              // (pieces,2) overwritten
    local float* shared) {           // (local size) overwritten
  const int piece = (int)get_group_id(0);
  const int begin = (int)pieces[2 * piece] * RUN;
  const int end = begin + (int)pieces[2 * piece + 1] * RUN;
  FLOATV squares_w = (FLOATV)(0.0f);
  FLOATV squares_g = (FLOATV)(0.0f);
  for (int i = begin + (int)get_local_id(0) * VECTOR; i < end; i += (int)get_local_size(0) * VECTOR) {
    const FLOATV w = LOADV(parameters + i);
    const FLOATV g = LOADV(gradient + i);
    squares_w += w * w;
    squares_g += g * g;
  }
  float lanes_w[VECTOR];
  float lanes_g[VECTOR];
  STOREV(squares_w, lanes_w);
  STOREV(squares_g, lanes_g);
  float sum_w = 0.0f;
  float sum_g = 0.0f;
  for (int i = 0; i < VECTOR; i++) {
    sum_w += lanes_w[i];
    sum_g += lanes_g[i];
  }
  sum_w = group_sum(sum_w, shared);
  sum_g = group_sum(sum_g, shared);
  if (get_local_id(0) == 0) {
    sums[2 * piece] = sum_w;
    sums[2 * piece + 1] = sum_g;
  }
}

// ratio = trust |w| / (scale |gradient| + decay |w|), 1 where either norm is 0. One work-item: one segment.
kernel void optimizer_ratios(
    global const float* sums,    // (pieces,2) read
    global const float* ranges,  // (segments,2) read: first piece, pieces
    global const float* scale,   // (1) read, or null for 1
    global float* ratios,        // (segments) overwritten
    const int segments,
    const float trust,
    const float decay) {
  const int segment = (int)get_global_id(0);
  if (segment >= segments) {
    return;
  }
  const int begin = (int)ranges[2 * segment];
  const int end = begin + (int)ranges[2 * segment + 1];
  float squares_w = 0.0f;
  float squares_g = 0.0f;
  for (int piece = begin; piece < end; piece++) {
    squares_w += sums[2 * piece];
    squares_g += sums[2 * piece + 1];
  }
  const float w = sqrt(squares_w);
  const float g = sqrt(squares_g) * (scale ? scale[0] : 1.0f);
  ratios[segment] = w == 0.0f || g == 0.0f ? 1.0f : trust * w / (g + decay * w);
}

// y = keep y + add x.
kernel void optimizer_blend(
    global const float* x,  // (size) read
    global float* y,        // (size) added to
    const int size,
    const float keep,
    const float add) {
  const int first = (int)get_global_id(0) * VECTOR;
  const int count = size - first;
  store_part(keep * load_part(y + first, count) + add * load_part(x + first, count), y + first, count);
}

// One work-group: the squares of CHUNK elements from CHUNK get_group_id(0) on, summed to partials[at + group].
// One work-item: VECTOR elements, then those VECTOR local size further on; lanes are summed last.
#define CHUNK 4096
kernel void optimizer_squares(
    global const float* gradient,  // (size) read
    global float* partials,        // (all chunks) from at on overwritten
    local float* shared,           // (local size) overwritten
    const int size,
    const int at) {
  const int begin = (int)get_group_id(0) * CHUNK;
  const int end = min(size, begin + CHUNK);
  FLOATV squares = (FLOATV)(0.0f);
  for (int i = begin + (int)get_local_id(0) * VECTOR; i < end; i += (int)get_local_size(0) * VECTOR) {
    const FLOATV g = load_part(gradient + i, end - i);
    squares += g * g;
  }
  float lanes[VECTOR];
  STOREV(squares, lanes);
  float sum = 0.0f;
  for (int i = 0; i < VECTOR; i++) {
    sum += lanes[i];
  }
  sum = group_sum(sum, shared);
  if (get_local_id(0) == 0) {
    partials[at + get_group_id(0)] = sum;
  }
}

// scale = min(1, max_norm / (norm + 1e-6)). One work-group; one work-item: the partial sums from get_local_id(0) on,
// local size apart.
kernel void optimizer_clip_scale(
    global const float* partials,  // (count) read
    global float* scale,           // (1) overwritten
    local float* shared,           // (local size) overwritten
    const int count,
    const float max_norm) {
  float sum = 0.0f;
  for (int i = (int)get_local_id(0); i < count; i += (int)get_local_size(0)) {
    sum += partials[i];
  }
  sum = group_sum(sum, shared);
  if (get_local_id(0) == 0) {
    const float wanted = max_norm / (sqrt(sum) + 1e-6f);
    scale[0] = wanted > 1.0f ? 1.0f : wanted;
  }
}
