// Element-wise sum y = a + b and product y = a b, in memory order.
// One work-item: 16 elements from 16 get_global_id(0) on, as one vector; the last one does what is left singly.

#define VECTOR 16

kernel void elementwise_add(
    global const float* a,  // (size) read
    global const float* b,  // (size) read
    global float* y,        // (size) overwritten; may be a or b
    const int size) {
  const int first = (int)get_global_id(0) * VECTOR;
  if (first + VECTOR <= size) {
    vstore16(vload16(0, a + first) + vload16(0, b + first), 0, y + first);
  } else {
    for (int i = first; i < size; i++) {
      y[i] = a[i] + b[i];
    }
  }
}

kernel void elementwise_multiply(
    global const float* a,  // (size) read
    global const float* b,  // (size) read
    global float* y,        // (size) overwritten; may be a or b
    const int size) {
  const int first = (int)get_global_id(0) * VECTOR;
  if (first + VECTOR <= size) {
    vstore16(vload16(0, a + first) * vload16(0, b + first), 0, y + first);
  } else {
    for (int i = first; i < size; i++) {
      y[i] = a[i] * b[i];
    }
  }
}
