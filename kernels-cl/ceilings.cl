// What a device can do at most: chains of multiply-adds in registers, plain reads and writes, and sums out of local
// memory. Nothing here serves a network; gabor bench measures with it.

#include "vector.clh"

// Independent chains of a work-item: enough to hide the latency of a multiply-add, few enough for 16 AVX registers.
#define CHAINS 12
// As in CeilingOps.
#define UNROLL 8
#define TILE 512
#define TURN 16

// y[i] = f applied rounds times to x[i], f(t) = a t + b.
// One work-item: CHAINS VECTOR neighbouring elements from CHAINS VECTOR get_global_id(0) on. Any work-group size.
kernel void ceilings_multiply_add(
    global const float* x,  // (size) read
    global float* y,        // (size) overwritten; may be x
    const int size,
    const int rounds,       // a multiple of UNROLL
    const float a,
    const float b) {
  const int first = (int)get_global_id(0) * CHAINS * VECTOR;
  const FLOATV factor = a;
  const FLOATV summand = b;
  FLOATV t[CHAINS];
#pragma unroll
  for (int c = 0; c < CHAINS; c++) {
    t[c] = load_part(x + first + c * VECTOR, size - first - c * VECTOR);
  }
  for (int round = 0; round < rounds; round += UNROLL) {
#pragma unroll
    for (int u = 0; u < UNROLL; u++) {
#pragma unroll
      for (int c = 0; c < CHAINS; c++) {
        t[c] = fma(t[c], factor, summand);
      }
    }
  }
#pragma unroll
  for (int c = 0; c < CHAINS; c++) {
    store_part(t[c], y + first + c * VECTOR, size - first - c * VECTOR);
  }
}

// y = x. One work-item: the vector get_global_id(0). Any work-group size.
kernel void ceilings_copy(
    global const float* x,  // (size) read
    global float* y,        // (size) overwritten
    const int size,
    const int stream) {     // whether y is too large for the caches
  const int first = (int)get_global_id(0) * VECTOR;
  put_part(load_part(x + first, size - first), y + first, size - first, stream);
}

// y[i] = value. One work-item: the vector get_global_id(0). Any work-group size.
kernel void ceilings_fill(
    global float* y,  // (size) overwritten
    const int size,
    const int stream,  // whether y is too large for the caches
    const float value) {
  const int first = (int)get_global_id(0) * VECTOR;
  put_part((FLOATV)value, y + first, size - first, stream);
}

// partial[i] = the sum of the vectors i start + j step of x, 0 <= j < count; in the order of j, the elements of the
// vector sum last. One work-item: one partial sum, i = get_global_id(0). Any work-group size.
kernel void ceilings_read(
    global const float* x,  // (size) read
    global float* partial,  // (parts) overwritten
    const int size,
    const int parts,
    const int count,
    const int start,
    const int step) {
  const int part = (int)get_global_id(0);
  if (part >= parts) {
    return;
  }
  FLOATV sum = 0.0f;
  for (int j = 0; j < count; j++) {
    const int first = (part * start + j * step) * VECTOR;
    sum += load_part(x + first, size - first);
  }
  partial[part] = sum_of(sum);
}

// y[i] = sum over j < rounds of x[base + (i - base + TURN j) mod TILE], base being the largest multiple of TILE up to
// i; UNROLL sums of every UNROLL-th j, then these in order.
// One work-group: TILE elements, which it holds in local memory. One work-item: the vector get_global_id(0). The group
// has TILE / VECTOR items.
kernel void ceilings_local(
    global const float* x,  // (size) read
    global float* y,        // (size) overwritten
    const int rounds) {     // a multiple of UNROLL
  local float tile[TILE];
  const int first = (int)get_global_id(0) * VECTOR;
  const int mine = (int)get_local_id(0) * VECTOR;
  STOREV(LOADV(x + first), tile + mine);
  barrier(CLK_LOCAL_MEM_FENCE);
  FLOATV sum[UNROLL];
#pragma unroll
  for (int u = 0; u < UNROLL; u++) {
    sum[u] = 0.0f;
  }
  for (int round = 0; round < rounds; round += UNROLL) {
#pragma unroll
    for (int u = 0; u < UNROLL; u++) {
      sum[u] += LOADV(tile + ((mine + (round + u) * TURN) & (TILE - 1)));
    }
  }
#pragma unroll
  for (int u = 1; u < UNROLL; u++) {
    sum[0] += sum[u];
  }
  STOREV(sum[0], y + first);
}
