// Element-wise activation, forward y = f(x) and backward dx = dy f'(x), in memory order.
// One work-item: 16 elements from 16 get_global_id(0) on; the last one does what is left. Groups share nothing.

#include "activation.clh"

#define VECTOR 16

kernel void activation_forward(
    global const float* x,  // (size) read
    global float* y,        // (size) overwritten; may be x
    const int size,
    const float alpha) {
  const int first = (int)get_global_id(0) * VECTOR;
  const int end = min(first + VECTOR, size);
  for (int i = first; i < end; i++) {
    y[i] = activate(x[i], alpha);
  }
}

kernel void activation_backward(
    global const float* saved,  // (size) read: y, or x for GELU and SILU
    global const float* dy,     // (size) read
    global float* dx,           // (size) overwritten; may be dy
    const int size,
    const float alpha) {
  const int first = (int)get_global_id(0) * VECTOR;
  const int end = min(first + VECTOR, size);
  for (int i = first; i < end; i++) {
    dx[i] = dy[i] * slope(saved[i], alpha);
  }
}
