// Bias: y[m,c] = x[m,c] + bias[c], and its gradient dbias[c] = sum over m of dy[m,c], where m runs over N,H,W.
// The sum is split into parts of rows whose sums lie in a workspace and are added in order.

#include "vector.clh"

// get_global_id: 0 = vector of channels, 1 = row m.
kernel void bias_forward(
    global const float* x,     // (M,C) read
    global const float* bias,  // (C) read
    global float* y,           // (M,C) overwritten; may be x
    const int C) {
  const int c = (int)get_global_id(0) * VECTOR;
  const int count = min(VECTOR, C - c);
  const long at = (long)get_global_id(1) * C + c;
  store_part(load_part(x + at, count) + load_part(bias + c, count), y + at, count);
}

// get_global_id: 0 = vector of channels, 1 = part of the rows.
kernel void bias_backward_parts(
    global const float* dy,  // (M,C) read
    global float* parts,     // (parts,C) overwritten
    const int M,
    const int C,
    const int rowsPerPart) {
  const int c = (int)get_global_id(0) * VECTOR;
  const int count = min(VECTOR, C - c);
  const int part = (int)get_global_id(1);
  const int end = min(M, (part + 1) * rowsPerPart);
  FLOATV sum = (FLOATV)(0.0f);
  for (int m = part * rowsPerPart; m < end; m++) {
    sum += load_part(dy + (long)m * C + c, count);
  }
  store_part(sum, parts + (long)part * C + c, count);
}

// get_global_id: 0 = channel.
kernel void bias_backward_sum(
    global const float* parts,  // (parts,C) read
    global float* dbias,        // (C) overwritten
    const int C,
    const int count) {
  const int c = (int)get_global_id(0);
  float sum = 0.0f;
  for (int part = 0; part < count; part++) {
    sum += parts[(long)part * C + c];
  }
  dbias[c] = sum;
}
