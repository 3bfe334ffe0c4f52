// Element-wise activation, forward y = f(x) and backward dx = dy f'(x), in memory order.
// One work-item: the vector get_global_id(0); the last one does what is left. Groups share nothing.

#include "vector.clh"
#include "activation.clh"

kernel void activation_forward(
    global const float* x,  // (size) read
    global float* y,        // (size) overwritten; may be x
    const int size,
    const int stream,       // whether y is too large for the caches
    const float alpha) {
  const int first = (int)get_global_id(0) * VECTOR;
  const int count = size - first;
  put_part(activate_vector(load_part(x + first, count), alpha), y + first, count, stream);
}

kernel void activation_backward(
    global const float* saved,  // (size) read: y, or x for GELU and SILU
    global const float* dy,     // (size) read
    global float* dx,           // (size) overwritten; may be dy
    const int size,
    const int stream,           // whether dx is too large for the caches
    const float alpha) {
  const int first = (int)get_global_id(0) * VECTOR;
  const int count = size - first;
  const FLOATV slope = slope_vector(load_part(saved + first, count), alpha);
  put_part(load_part(dy + first, count) * slope, dx + first, count, stream);
}
