// Bias: y[m,c] = x[m,c] + bias[c], and its gradient dbias[c] = sum over m of dy[m,c], where m runs over N,H,W.
// The sum is split into parts of rows whose sums lie in a workspace and are added in order; a single part is dbias.

#include "vector.clh"

// get_global_id: 0 = vector of channels, 1 = row m.
kernel void bias_forward(
    global const float* x,     // (M,C) read
    global const float* bias,  // (C) read
    global float* y,           // (M,C) overwritten; may be x
    const int C,
    const int stream) {        // whether y is too large for the caches; then C is a multiple of VECTOR
  const int c = (int)get_global_id(0) * VECTOR;
  const int count = min(VECTOR, C - c);
  const long at = (long)get_global_id(1) * C + c;
  put_part(load_part(x + at, count) + load_part(bias + c, count), y + at, count, stream);
}

// Vectors of channels that a work-item sums at a time: on CPU drivers so many that it reads runs of memory.
#if VECTOR > 4
#define VECTORS 4
#else
#define VECTORS 1
#endif

// The loops have constant ends, so that all sums stay in registers.
static inline __attribute__((always_inline)) void sum_rows(
    global const float* dy,  // (rows,C) read, from the first channel on
    global float* sums,      // (vectors of width channels) overwritten
    const int rows, const int C, const int vectors, const int width) {
  FLOATV sum[VECTORS];
#pragma unroll
  for (int v = 0; v < VECTORS; v++) {
    sum[v] = (FLOATV)(0.0f);
  }
  for (int m = 0; m < rows; m++) {
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
      if (v < vectors) {
        sum[v] += load_part(dy + (long)m * C + v * VECTOR, width);
      }
    }
  }
#pragma unroll
  for (int v = 0; v < VECTORS; v++) {
    if (v < vectors) {
      store_part(sum[v], sums + v * VECTOR, width);
    }
  }
}

// get_global_id: 0 = block of VECTORS vectors of channels, 1 = part of the rows.
kernel void bias_backward_parts(
    global const float* dy,  // (M,C) read
    global float* parts,     // (parts,C) overwritten
    const int M,
    const int C,
    const int rowsPerPart) {
  const int first = (int)get_global_id(0) * VECTORS * VECTOR;
  const int part = (int)get_global_id(1);
  const int rows = min(M, (part + 1) * rowsPerPart) - part * rowsPerPart;
  global const float* from = dy + (long)part * rowsPerPart * C;  // (rows,C)
  global float* to = parts + (long)part * C;                     // (C)
  if (first + VECTORS * VECTOR <= C) {
    sum_rows(from + first, to + first, rows, C, VECTORS, VECTOR);
    return;
  }
  for (int c = first; c < C; c += VECTOR) {
    sum_rows(from + c, to + c, rows, C, 1, min(VECTOR, C - c));
  }
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
