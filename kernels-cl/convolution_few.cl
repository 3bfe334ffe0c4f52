// Backward-data where a group has few input channels, as before a network's first layer: vectors run along the filters,
// which are many, instead of along the channels, and are summed at the end.
//
//   dx[n,h,w,c] = sum over r,s,k of dy[n,p,q,k] weight[r,s,c,k]
//
// One work-item a group: FEW channels of PIXELS pixels of dx. One launch computes the pixels that share their
// remainders by the strides, because they see the same filter elements; its sizes are those of the correlation in
// convolution_blocked.cl, with dy as x and dx as y. Sums run over t, u and vectors of filters in order, element by
// element; then halves of the vector are added.

#include "vector.clh"
#include "correlation.clh"

// Channels of a group, 1 to 7: all of them.
#ifndef FEW
#define FEW 3
#endif
// Pixels of one work-item. PIXELS x FEW accumulators and FEW + 1 more must fit the registers.
#ifndef PIXELS
#define PIXELS 6
#endif

// get_global_id: 0 = group, 1 = block of pixels of the grid (n,i,j).
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_few(
    global const float* restrict x,       // (N,xRows,xColumns,groups C) read: dy
    global const float* restrict weight,  // (R,S,FEW,groups C) read
    global const float* restrict zeros,   // (C) read: all 0
    global float* restrict y,             // (N,yRows,yColumns,groups FEW) overwritten, the pixels of the grid: dx
    const int N,
    const int groups,
    const int C,  // channels of one group of x: filters
    const int K,  // channels of one group of y: FEW
    CORRELATION_GRID,
    const int S) {
  const int group = (int)get_global_id(0);
  const int first = (int)get_global_id(1) * PIXELS;
  const int total = N * gridH * gridW;
  const int xChannels = C * groups;
  const int yChannels = FEW * groups;

  int h[PIXELS];
  int w[PIXELS];
  int image[PIXELS];
  int target[PIXELS];
#pragma unroll
  for (int m = 0; m < PIXELS; m++) {
    const int pixel = min(first + m, total - 1);
    const int row = pixel / gridW;
    const int j = pixel - row * gridW;
    const int n = row / gridH;
    const int i = row - n * gridH;
    h[m] = i * xStepH + xH;
    w[m] = j * xStepW + xW;
    image[m] = n * xRows * xColumns;
    target[m] = ((n * yRows + yH + i * yStepH) * yColumns + yW + j * yStepW) * yChannels + group * FEW;
  }
  FLOATV sum[PIXELS][FEW];
#pragma unroll
  for (int m = 0; m < PIXELS; m++) {
#pragma unroll
    for (int k = 0; k < FEW; k++) {
      sum[m][k] = (FLOATV)(0.0f);
    }
  }
  for (int t = 0; t < tapsR; t++) {
    for (int u = 0; u < tapsS; u++) {
      global const float* xs[PIXELS];
#pragma unroll
      for (int m = 0; m < PIXELS; m++) {
        const int row = h[m] + t * tapH;
        const int column = w[m] + u * tapW;
        const bool inside = row >= 0 && row < xRows && column >= 0 && column < xColumns;
        xs[m] = inside ? x + (image[m] + row * xColumns + column) * xChannels + group * C : zeros;
      }
      global const float* ws =
          weight + ((firstR + t * stepR) * S + firstS + u * stepS) * FEW * xChannels + group * C;
      int c = 0;
      for (; c + VECTOR <= C; c += VECTOR) {
        FLOATV wv[FEW];
#pragma unroll
        for (int k = 0; k < FEW; k++) {
          wv[k] = LOADV(ws + k * xChannels + c);
        }
#pragma unroll
        for (int m = 0; m < PIXELS; m++) {
          const FLOATV value = LOADV(xs[m] + c);
#pragma unroll
          for (int k = 0; k < FEW; k++) {
            sum[m][k] = fma(value, wv[k], sum[m][k]);
          }
        }
      }
      if (c < C) {
#pragma unroll
        for (int m = 0; m < PIXELS; m++) {
          const FLOATV value = load_part(xs[m] + c, C - c);
#pragma unroll
          for (int k = 0; k < FEW; k++) {
            sum[m][k] = fma(value, load_part(ws + k * xChannels + c, C - c), sum[m][k]);
          }
        }
      }
    }
  }
#pragma unroll
  for (int m = 0; m < PIXELS; m++) {
    if (first + m < total) {
#pragma unroll
      for (int k = 0; k < FEW; k++) {
        y[target[m] + k] = sum_of(sum[m][k]);
      }
    }
  }
}
