// 3x3 convolution with stride 1 by Winograd's minimal filtering (Lavin & Gray 2015, section 4), for CPU drivers: the
// output is cut into tiles of TILE x TILE, each from SPAN x SPAN inputs, and with U = B^T x B, V = G weight G^T
//
//   M[point,tile,k] = sum over c of U[point,tile,c] V[point,c,k],     y[tile,k] = f(bias[k] + A^T M A),
//
// POINTS = SPAN^2 products where the sliding window has 9 TILE^2. Sums run over c in order. Backward-data is the same
// on dy with the filters turned by 180 degrees, C and K exchanged, and padding 2 - pad, which may be negative.
//
// convolution_winograd_filter(_rotated) makes V, a block of filters after the other, so that convolution_winograd
// reads it in order. There, one work-group is one work-item that goes through blocks of tiles; it keeps U and M of a
// block in a part of the workspace of its own, small enough for its core's L2. Two cores of an AMD EPYC 9004 (peak
// 240 GFLOP/s), by processor time under load, median of three with TILE 4 and V included: 517 GFLOP/s of the sliding
// window on 16,64,56,56 -> 64, 606 on 16,128,28,28 -> 128, 459 on 16,512,7,7 -> 512.

#include "vector.clh"
#include "activation.clh"
#include "winograd.clh"
#include "winograd_tiles.clh"
#include "winograd_blocks.clh"

// get_global_id: 0 = block of filters, 1 = VECTOR channels.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_winograd_filter(
    global const float* restrict weight,  // (3,3,C,K) read
    global float* restrict v,             // (K/BLOCK,POINTS,C,BLOCK) overwritten
    const int C,
    const int K) {
  const int first = (int)get_global_id(0) * BLOCK;
  const int begin = (int)get_global_id(1) * VECTOR;
  global float* block = v + get_global_id(0) * POINTS * C * BLOCK;
  for (int c = begin; c < min(C, begin + VECTOR); c++) {
    for (int j = 0; j < BLOCK; j += VECTOR) {
      const int k = first + j;
      FLOATV g[9];
#pragma unroll
      for (int i = 0; i < 9; i++) {
        g[i] = load_part(weight + (i * C + c) * K + min(k, K), K - k);
      }
      store_filter(g, block + c * BLOCK + j, C * BLOCK);
    }
  }
}

// V for backward-data, from a weight whose filters are this problem's channels: blocks of VECTOR x BLOCK
// are transposed. get_global_id: 0 = block of filters, 1 = VECTOR channels.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_winograd_filter_rotated(
    global const float* restrict weight,  // (3,3,K,C) read
    global float* restrict v,             // (K/BLOCK,POINTS,C,BLOCK) overwritten
    const int C,
    const int K) {
  const int c = (int)get_global_id(1) * VECTOR;
  const int count = min(VECTOR, C - c);
  global float* block = v + get_global_id(0) * POINTS * C * BLOCK;
  float turned[9][VECTOR][BLOCK];
  for (int i = 0; i < 9; i++) {
    for (int j = 0; j < BLOCK; j++) {
      const int k = (int)get_global_id(0) * BLOCK + j;
      float line[VECTOR];
      STOREV(load_part(weight + ((8 - i) * K + min(k, K - 1)) * C + c, k < K ? count : 0), line);
#pragma unroll
      for (int column = 0; column < VECTOR; column++) {
        turned[i][column][j] = line[column];
      }
    }
  }
  for (int column = 0; column < count; column++) {
    for (int j = 0; j < BLOCK; j += VECTOR) {
      FLOATV g[9];
#pragma unroll
      for (int i = 0; i < 9; i++) {
        g[i] = LOADV(turned[i][column] + j);
      }
      store_filter(g, block + (c + column) * BLOCK + j, C * BLOCK);
    }
  }
}

// M of up to PIXELS tiles and a block of filters at one point; tiles past the last read the last again.
TRANSFORM void multiply(
    global const float* u, global const float* v, global float* m, const int C, const int row, const int tiles) {
  global const float* from[PIXELS];
  FLOATV sum[PIXELS][VECTORS];
#pragma unroll
  for (int i = 0; i < PIXELS; i++) {
    from[i] = u + min(i, tiles - 1) * row;
#pragma unroll
    for (int j = 0; j < VECTORS; j++) {
      sum[i][j] = (FLOATV)(0.0f);
    }
  }
  for (int c = 0; c < C; c++) {
    FLOATV filters[VECTORS];
#pragma unroll
    for (int j = 0; j < VECTORS; j++) {
      filters[j] = LOADV(v + c * BLOCK + j * VECTOR);
    }
#pragma unroll
    for (int i = 0; i < PIXELS; i++) {
      const FLOATV one = (FLOATV)(from[i][c]);
#pragma unroll
      for (int j = 0; j < VECTORS; j++) {
        sum[i][j] = fma(one, filters[j], sum[i][j]);
      }
    }
  }
#pragma unroll
  for (int i = 0; i < PIXELS; i++) {
    if (i < tiles) {
#pragma unroll
      for (int j = 0; j < VECTORS; j++) {
        STOREV(sum[i][j], m + i * BLOCK + j * VECTOR);
      }
    }
  }
}

// get_group_id: 0 = the blocks of tiles g, g + groups, ..., 1 = the blocks of filters likewise.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_winograd(
    global const float* restrict x,     // (N,H,W,C) read
    global const float* restrict v,     // (K/BLOCK,POINTS,C,BLOCK) read
    global const float* restrict bias,  // (K) read, or null
    global float* restrict y,           // (N,P,Q,K) overwritten
    global float* restrict scratch,     // scratchStart, then (groups, U and M of blockTiles tiles) overwritten
    WINOGRAD_SIZES,
    const int blockTiles,
    const int scratchStart,
    const int scratchLength,
    const float alpha) {
  const int across = (Q + TILE - 1) / TILE;
  const int down = (P + TILE - 1) / TILE;
  const int tiles = N * down * across;
  const int row = PADDED(C);
  // The extra vector keeps the points of a tile out of the same cache sets.
  const int uSlab = blockTiles * row + VECTOR;
  const int mSlab = blockTiles * BLOCK + VECTOR;
  global float* u = scratch + scratchStart + (get_group_id(1) * get_num_groups(0) + get_group_id(0)) * scratchLength;
  global float* m = u + POINTS * uSlab;

  for (int first = (int)get_group_id(0) * blockTiles; first < tiles; first += (int)get_num_groups(0) * blockTiles) {
    const int count = min(blockTiles, tiles - first);
    for (int t = 0; t < count; t++) {
      const int n = (first + t) / (down * across);
      const int h = (first + t) / across % down * TILE - padH;
      const int w = (first + t) % across * TILE - padW;
      for (int c = 0; c < C; c += VECTOR) {
        store_input(x + n * H * W * C + c, u + t * row + c, C, H, W, h, w, uSlab, C - c);
      }
    }
    for (int k = (int)get_group_id(1) * BLOCK; k < K; k += (int)get_num_groups(1) * BLOCK) {
      for (int point = 0; point < POINTS; point++) {
        global const float* filters = v + (k * POINTS + point * BLOCK) * C;
        for (int t = 0; t < count; t += PIXELS) {
          multiply(u + point * uSlab + t * row, filters, m + point * mSlab + t * BLOCK, C, row, count - t);
        }
      }
      for (int j = k; j < min(K, k + BLOCK); j += VECTOR) {
        const FLOATV start = bias ? load_part(bias + j, K - j) : (FLOATV)(0.0f);
        for (int t = 0; t < count; t++) {
          const int n = (first + t) / (down * across);
          const int p = (first + t) / across % down * TILE;
          const int q = (first + t) % across * TILE;
          global float* corner = y + ((n * P + p) * Q + q) * K + j;
          store_output(m + t * BLOCK + j - k, mSlab, start, alpha, corner, K, Q, P - p, Q - q, K - j);
        }
      }
    }
  }
}
