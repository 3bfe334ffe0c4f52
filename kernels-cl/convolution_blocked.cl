// Convolution for CPU drivers: register blocks of PIXELS x VECTORS vectors, one work-item a group, no local memory.
//
// Forward and backward-data are one correlation over taps. For an output pixel (i,j) of a grid, and tap (t,u) of a
// regular subset of the filter (r = firstR + t stepR, s = firstS + u stepS):
//
//   y[n, yH + i yStepH, yW + j yStepW, k] =
//       f(bias[k] + sum over t,u,c of x[n, i xStepH + xH + t tapH, j xStepW + xW + u tapW, c] weight[r,s,c,k])
//
// with elements outside x taken from a row of zeros. Forward: the whole filter, every output pixel. Backward-data: dy
// is x, the weight is transposed to (R,S,K,C), and one launch computes the pixels of dx that share their remainders by
// the strides, because they see the same filter elements. Sums run over t, u, c in order.
//
// The weight's rows must hold whole blocks of filters (convolution_blocked_pack makes them so) or K/groups must be a
// multiple of the block. On two cores of an AMD EPYC 9004 (peak 240 GFLOP/s) 6 x 4 float16 reach 205 to 222 GFLOP/s.

#include "vector.clh"
#include "correlation.clh"
#include "activation.clh"
#include "square.clh"

// Output pixels of one work-item, 1 to 16. PIXELS x VECTORS accumulators and VECTORS + 1 more must fit the registers.
#ifndef PIXELS
#define PIXELS 6
#endif
// Vectors of filters of one work-item, 1 to 4.
#ifndef VECTORS
#define VECTORS 4
#endif

#define BLOCK (VECTORS * VECTOR)

// get_global_id: 0 = block of filters within all groups, 1 = block of pixels of the grid (n,i,j).
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_blocked(
    global const float* restrict x,       // (N,xRows,xColumns,xChannels) read
    global const float* restrict weight,  // (groups; R,S,C; rows of weightRow) read
    global const float* restrict bias,    // (yChannels) read, or null
    global const float* restrict zeros,   // (C) read: all 0
    global float* restrict y,             // (N,yRows,yColumns,yChannels) overwritten, the pixels of the grid
    const int N,
    const int groups,
    const int C,  // channels of one group of x
    const int K,  // filters of one group
    CORRELATION_GRID,
    const int S,
    const int weightGroup,  // elements from one group's weights to the next
    const int weightRow,    // elements from one channel's weights to the next
    const float alpha) {
  const int blocks = (K + BLOCK - 1) / BLOCK;
  const int group = (int)get_global_id(0) / blocks;
  const int k = (int)get_global_id(0) % blocks * BLOCK;
  const int first = (int)get_global_id(1) * PIXELS;
  const int total = N * gridH * gridW;
  const int xChannels = C * groups;
  const int yChannels = K * groups;

  int h[PIXELS];
  int w[PIXELS];
  int image[PIXELS];
  int target[PIXELS];
  for (int m = 0; m < PIXELS; m++) {
    const int pixel = min(first + m, total - 1);
    const int j = pixel % gridW;
    const int i = pixel / gridW % gridH;
    const int n = pixel / (gridW * gridH);
    h[m] = i * xStepH + xH;
    w[m] = j * xStepW + xW;
    image[m] = n * xRows * xColumns;
    target[m] = ((n * yRows + yH + i * yStepH) * yColumns + yW + j * yStepW) * yChannels + group * K + k;
  }

  FLOATV sum[PIXELS][VECTORS];
#pragma unroll
  for (int m = 0; m < PIXELS; m++) {
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
      sum[m][v] = (FLOATV)(0.0f);
    }
  }
  for (int t = 0; t < tapsR; t++) {
    for (int u = 0; u < tapsS; u++) {
      global const float* xs[PIXELS];  // (C) each: the pixel that the tap sees, zeros outside the image
#pragma unroll
      for (int m = 0; m < PIXELS; m++) {
        const int row = h[m] + t * tapH;
        const int column = w[m] + u * tapW;
        const bool inside = row >= 0 && row < xRows && column >= 0 && column < xColumns;
        xs[m] = inside ? x + (image[m] + row * xColumns + column) * xChannels + group * C : zeros;
      }
      global const float* ws =  // (C,weightRow), from filter k on
          weight + group * weightGroup + ((firstR + t * stepR) * S + firstS + u * stepS) * C * weightRow + k;
      for (int c = 0; c < C; c++) {
        FLOATV wv[VECTORS];
#pragma unroll
        for (int v = 0; v < VECTORS; v++) {
          wv[v] = LOADV(ws + v * VECTOR);
        }
#pragma unroll
        for (int m = 0; m < PIXELS; m++) {
          const FLOATV value = (FLOATV)(xs[m][c]);
#pragma unroll
          for (int v = 0; v < VECTORS; v++) {
            sum[m][v] = fma(value, wv[v], sum[m][v]);
          }
        }
        ws += weightRow;
      }
    }
  }

#pragma unroll
  for (int v = 0; v < VECTORS; v++) {
    const int count = K - k - v * VECTOR;
    const FLOATV start = bias ? load_part(bias + group * K + k + v * VECTOR, count) : (FLOATV)(0.0f);
#pragma unroll
    for (int m = 0; m < PIXELS; m++) {
      if (first + m < total) {
        store_part(activate_vector(sum[m][v] + start, alpha), y + target[m] + v * VECTOR, count);
      }
    }
  }
}

// Copies weights to rows of whole blocks, zeros behind the filters. get_global_id: 0 = element of a packed row, 1 =
// channel, 2 = group and r,s.
kernel void convolution_blocked_pack(
    global const float* weight,  // (R,S,C,groups K) read
    global float* packed,        // (groups,R,S,C,row) overwritten
    const int taps,              // R S
    const int C,                 // channels of one group
    const int K,                 // filters of one group
    const int groups,
    const int row) {
  const int k = (int)get_global_id(0);
  const int c = (int)get_global_id(1);
  const int tap = (int)get_global_id(2) % taps;
  const int group = (int)get_global_id(2) / taps;
  packed[(((long)group * taps + tap) * C + c) * row + k] =
      k < K ? weight[((long)tap * C + c) * K * groups + group * K + k] : 0.0f;
}

// The same turned, for backward-data: rows of channels. get_global_id: 0 = vector of a packed row, 1 = vector of
// filters, 2 = group and r,s.
kernel void convolution_blocked_turn(
    global const float* weight,  // (R,S,C,groups K) read
    global float* packed,        // (groups,R,S,K,row) overwritten
    const int taps,              // R S
    const int C,                 // channels of one group
    const int K,                 // filters of one group
    const int groups,
    const int row) {  // a multiple of VECTOR
  const int c = (int)get_global_id(0) * VECTOR;
  const int k = (int)get_global_id(1) * VECTOR;
  const int tap = (int)get_global_id(2) % taps;
  const int group = (int)get_global_id(2) / taps;
  turn_square(weight + ((long)tap * C + c) * K * groups + group * K + k, K * groups,
              packed + (((long)group * taps + tap) * K + k) * row + c, row, C - c, K - k);
}
