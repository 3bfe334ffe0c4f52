// Softmax y_c = exp(x_c - m) / Σ exp(x - m), m the largest of x, and its logarithm y_c = x_c - m - log Σ exp(x - m);
// backward from y: dx_c = y_c (dy_c - Σ dy y), and dx_c = dy_c - exp(y_c) Σ dy.
// One work-group: the sample n = get_group_id(0). One work-item: the features from get_local_id(0) on, local size
// apart, so neighbours read neighbours. Sums run along each item's features, then over the items as in group.clh.

#include "group.clh"

kernel void softmax_forward(
    global const float* x,  // (N,C) read
    global float* y,        // (N,C) overwritten; may be x
    local float* shared,    // (local size) overwritten
    const int features,
    const int logarithm) {
  const size_t row = get_group_id(0) * (size_t)features;
  const int item = (int)get_local_id(0);
  const int items = (int)get_local_size(0);
  float largest = -INFINITY;
  for (int c = item; c < features; c += items) {
    largest = fmax(largest, x[row + c]);
  }
  largest = group_max(largest, shared);
  float sum = 0.0f;
  for (int c = item; c < features; c += items) {
    sum += exp(x[row + c] - largest);
  }
  sum = group_sum(sum, shared);
  const float log_sum = log(sum);
  const float scale = 1.0f / sum;
  for (int c = item; c < features; c += items) {
    const float above = x[row + c] - largest;
    y[row + c] = logarithm ? above - log_sum : exp(above) * scale;
  }
}

kernel void softmax_backward(
    global const float* y,   // (N,C) read
    global const float* dy,  // (N,C) read
    global float* dx,        // (N,C) overwritten; may be dy
    local float* shared,     // (local size) overwritten
    const int features,
    const int logarithm) {
  const size_t row = get_group_id(0) * (size_t)features;
  const int item = (int)get_local_id(0);
  const int items = (int)get_local_size(0);
  float sum = 0.0f;
  for (int c = item; c < features; c += items) {
    sum += logarithm ? dy[row + c] : dy[row + c] * y[row + c];
  }
  sum = group_sum(sum, shared);
  for (int c = item; c < features; c += items) {
    const float slope = dy[row + c];
    const float value = y[row + c];
    dx[row + c] = logarithm ? slope - exp(value) * sum : value * (slope - sum);
  }
}
