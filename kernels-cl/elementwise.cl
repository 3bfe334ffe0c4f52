// Element-wise sum y = a + b and product y = a b, in memory order.
// One work-item: the vector get_global_id(0); the last one does what is left. Groups share nothing.

#include "vector.clh"

kernel void elementwise_add(
    global const float* a,  // (size) read
    global const float* b,  // (size) read
    global float* y,        // (size) overwritten; may be a or b
    const int size,
    const int stream) {     // whether y is too large for the caches
  const int first = (int)get_global_id(0) * VECTOR;
  const int count = size - first;
  put_part(load_part(a + first, count) + load_part(b + first, count), y + first, count, stream);
}

kernel void elementwise_multiply(
    global const float* a,  // (size) read
    global const float* b,  // (size) read
    global float* y,        // (size) overwritten; may be a or b
    const int size,
    const int stream) {     // whether y is too large for the caches
  const int first = (int)get_global_id(0) * VECTOR;
  const int count = size - first;
  put_part(load_part(a + first, count) * load_part(b + first, count), y + first, count, stream);
}
