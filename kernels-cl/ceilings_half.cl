// What a device can do at most in half precision: the chains of ceilings.cl in another type.

#include "vector.clh"

// half; float where none is asked for, so that the file builds, and is tested, on devices without half precision.
#ifndef HALF
#define HALF float
#endif

#ifdef cl_khr_fp16
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
#endif

#define HALFV JOIN(HALF, VECTOR)
#define TO_HALFV JOIN(convert_, HALFV)
#define TO_FLOATV JOIN(convert_, FLOATV)

// As in ceilings.cl.
#define CHAINS 12
#define UNROLL 8

// y[i] = f applied rounds times to x[i], f(t) = a t + b, each rounded to HALF.
// One work-item: CHAINS VECTOR neighbouring elements from CHAINS VECTOR get_global_id(0) on. Any work-group size.
kernel void ceilings_half_multiply_add(
    global const float* x,  // (size) read
    global float* y,        // (size) overwritten; may be x
    const int size,
    const int rounds,       // a multiple of UNROLL
    const float a,
    const float b) {
  const int first = (int)get_global_id(0) * CHAINS * VECTOR;
  const HALFV factor = (HALF)a;
  const HALFV summand = (HALF)b;
  HALFV t[CHAINS];
#pragma unroll
  for (int c = 0; c < CHAINS; c++) {
    t[c] = TO_HALFV(load_part(x + first + c * VECTOR, size - first - c * VECTOR));
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
    store_part(TO_FLOATV(t[c]), y + first + c * VECTOR, size - first - c * VECTOR);
  }
}
