// Backward-weight of a convolution by filters of FILTER x FILTER with stride 1 by Winograd's minimal filtering, for CPU
// drivers: with U = B^T x B as in convolution_winograd.cl, and dM = A dy A^T,
//
//   dV[point,c,k] = sum over tile of U[point,tile,c] dM[point,tile,k],     dweight[c,k] = G^T dV G.
//
// Tiles are taken in runs whose U and dM stay in the last-level cache: a launch for both and one for the products,
// which are added to dV; one launch in the end for dweight. Within a run sums go over tiles in order, then over runs
// in order. Two cores of an AMD EPYC 9004 (peak 240 GFLOP/s), by processor time under load, median of three with TILE
// 4: 436 GFLOP/s of the sliding window on 16,64,56,56 -> 64, 465 on 16,128,28,28 -> 128, 423 on 16,512,7,7 -> 512.

#include "vector.clh"
#include "activation.clh"
#include "winograd.clh"
#include "winograd_tiles.clh"
#include "winograd_blocks.clh"

// U, or A dy A^T, of a run of tiles. get_global_id: 0 = tile of the run, 1 = 0 for U, else 1 + block of filters.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void winograd_gradient_transform(
    global const float* restrict x,   // (N,H,W,C) read
    global const float* restrict dy,  // (N,P,Q,K) read
    global float* restrict u,         // uStart, then (POINTS,run,C padded) overwritten
    global float* restrict dm,        // dmStart, then (K/BLOCK,POINTS,run,BLOCK) overwritten
    WINOGRAD_SIZES,
    const int firstTile,
    const int run,
    const int uStart,
    const int dmStart) {
  const int across = (Q + TILE - 1) / TILE;
  const int down = (P + TILE - 1) / TILE;
  const int place = (int)get_global_id(0);
  const int tile = firstTile + place;
  const int n = tile / (down * across);
  const int p = tile / across % down * TILE;
  const int q = tile % across * TILE;
  if (get_global_id(1) == 0) {
    const int row = PADDED(C);
    const int slab = run * row + VECTOR;
    global float* to = u + uStart + place * row;
    for (int c = 0; c < C; c += VECTOR) {
      store_input(x + n * H * W * C + c, to + c, C, H, W, p - padH, q - padW, slab, C - c);
    }
    return;
  }
  const int block = (int)get_global_id(1) - 1;
  const int slab = run * BLOCK + VECTOR;
  global float* to = dm + dmStart + block * POINTS * slab + place * BLOCK;
  for (int j = 0; j < BLOCK; j += VECTOR) {
    const int k = block * BLOCK + j;
    global const float* corner = dy + ((n * P + p) * Q + q) * K + min(k, K);
    store_gradient(corner, to + j, slab, K, Q, P - p, Q - q, K - k);
  }
}

// dV of a run of tiles: sum over tile of U[point,tile,c] dM[point,tile,k].
// get_global_id: 0 = PIXELS channels, 1 = block of filters, 2 = point.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void winograd_gradient_multiply(
    global const float* restrict u,   // uStart, then (POINTS,run,C of all groups padded) read
    global const float* restrict dm,  // dmStart, then (K/BLOCK,POINTS,run,BLOCK) read
    global float* restrict dv,        // (K/BLOCK,POINTS,FILTER_SLAB(C)) overwritten, or added to
    const int groups,
    const int C,       // of one group
    const int blocks,  // of filters of one group
    const int tiles,
    const int run,
    const int uStart,
    const int dmStart,
    const int add) {
  const int row = PADDED(groups * C);
  const int c = (int)get_global_id(0) * PIXELS;
  const int channel = (int)get_global_id(1) / blocks * C;
  const int place = (int)get_global_id(1) * POINTS + (int)get_global_id(2);
  global const float* inputs = u + uStart + (int)get_global_id(2) * (run * row + VECTOR);
  global const float* gradients = dm + dmStart + place * (run * BLOCK + VECTOR);
  global const float* from[PIXELS];
  FLOATV sum[PIXELS][VECTORS];
#pragma unroll
  for (int i = 0; i < PIXELS; i++) {
    from[i] = inputs + channel + min(c + i, C - 1);
#pragma unroll
    for (int j = 0; j < VECTORS; j++) {
      sum[i][j] = (FLOATV)(0.0f);
    }
  }
  for (int t = 0; t < tiles; t++) {
    FLOATV gradient[VECTORS];
#pragma unroll
    for (int j = 0; j < VECTORS; j++) {
      gradient[j] = LOADV(gradients + t * BLOCK + j * VECTOR);
    }
#pragma unroll
    for (int i = 0; i < PIXELS; i++) {
      const FLOATV one = (FLOATV)(from[i][t * row]);
#pragma unroll
      for (int j = 0; j < VECTORS; j++) {
        sum[i][j] = fma(one, gradient[j], sum[i][j]);
      }
    }
  }
  global float* to = dv + place * FILTER_SLAB(C) + c * BLOCK;
#pragma unroll
  for (int i = 0; i < PIXELS; i++) {
    if (c + i < C) {
#pragma unroll
      for (int j = 0; j < VECTORS; j++) {
        global float* vector = to + i * BLOCK + j * VECTOR;
        STOREV(add ? LOADV(vector) + sum[i][j] : sum[i][j], vector);
      }
    }
  }
}

// dweight = G^T dV G. get_global_id: 0 = block of filters, 1 = VECTOR channels.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void winograd_gradient_gather(
    global const float* restrict dv,  // (K/BLOCK,POINTS,FILTER_SLAB(C)) read
    global float* restrict dweight,   // (FILTER,FILTER,C,K) overwritten
    const int C,    // of one group
    const int K) {  // of all groups
  const int begin = (int)get_global_id(1) * VECTOR;
  global const float* block = dv + get_global_id(0) * POINTS * FILTER_SLAB(C);
  for (int c = begin; c < min(C, begin + VECTOR); c++) {
    for (int j = 0; j < BLOCK; j += VECTOR) {
      const int k = (int)get_global_id(0) * BLOCK + j;
      store_weight_gradient(block + c * BLOCK + j, FILTER_SLAB(C), dweight + c * K + min(k, K), C * K, K - k);
    }
  }
}
