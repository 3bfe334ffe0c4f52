// Backward-weight of a convolution by filters of FILTER x FILTER with stride 1 by Winograd's minimal filtering, for CPU
// drivers: with U = B^T x B as in convolution_winograd.cl, and dM = A dy A^T,
//
//   dV[point,c,k] = sum over tile of U[point,tile,c] dM[point,tile,k],     dweight[c,k] = G^T dV G.
//
// Tiles are taken in runs whose U and dM stay in the last-level cache: a launch for both and one for the products,
// which are added to dV; one launch in the end for dweight. Where one run has all tiles, one launch is for products and
// dweight. Within a run sums go over tiles in order, then over runs in order. Two cores of an AMD EPYC 9004 (peak 240
// GFLOP/s), by processor time under load, median of three with TILE 4: 436 GFLOP/s of the sliding window on
// 16,64,56,56 -> 64, 465 on 16,128,28,28 -> 128, 423 on 16,512,7,7 -> 512.

#include "vector.clh"
#include "activation.clh"
#include "winograd.clh"
#include "winograd_tiles.clh"
#include "winograd_blocks.clh"

// U, or A dy A^T, of a run of tiles. get_global_id: 0 = 0 for U, else 1 + block of filters, 1 = tile of the run, 2 = half
// of the points: so that the core which multiplies at a point is the one that has it in its caches.
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
  const int place = (int)get_global_id(1);
  const int tile = firstTile + place;
  const int n = tile / (down * across);
  const int p = tile / across % down * TILE;
  const int q = tile % across * TILE;
  if (get_global_id(0) == 0) {
    const int row = PADDED(C);
    const int slab = run * row + VECTOR;
    global float* to = u + uStart + place * row;
    for (int c = 0; c < C; c += VECTOR) {
      global const float* image = x + n * H * W * C + c;
      if (get_global_id(2) == 0) {
        store_input_rows(image, to + c, C, H, W, p - padH, q - padW, slab, C - c, 0, SPAN / 2);
      } else {
        store_input_rows(image, to + c, C, H, W, p - padH, q - padW, slab, C - c, SPAN / 2, SPAN);
      }
    }
    return;
  }
  const int block = (int)get_global_id(0) - 1;
  const int slab = run * BLOCK + VECTOR;
  global float* to = dm + dmStart + block * POINTS * slab + place * BLOCK;
  for (int j = 0; j < BLOCK; j += VECTOR) {
    const int k = block * BLOCK + j;
    global const float* corner = dy + ((n * P + p) * Q + q) * K + min(k, K);
    if (get_global_id(2) == 0) {
      store_gradient_rows(corner, to + j, slab, K, Q, P - p, Q - q, K - k, 0, SPAN / 2);
    } else {
      store_gradient_rows(corner, to + j, slab, K, Q, P - p, Q - q, K - k, SPAN / 2, SPAN);
    }
  }
}

// sum over tile of U[tile,c] dM[tile,k] at one point, of up to PIXELS channels and a block of filters; channels past
// count are those of the last again and are not stored.
TRANSFORM void multiply(
    global const float* u,
    global const float* dm,
    global float* dv,
    const int tiles,
    const int row,
    const int count,
    const int add) {
  global const float* from[PIXELS];
  FLOATV sum[PIXELS][VECTORS];
#pragma unroll
  for (int i = 0; i < PIXELS; i++) {
    from[i] = u + min(i, count - 1);
#pragma unroll
    for (int j = 0; j < VECTORS; j++) {
      sum[i][j] = (FLOATV)(0.0f);
    }
  }
  for (int t = 0; t < tiles; t++) {
    FLOATV gradient[VECTORS];
#pragma unroll
    for (int j = 0; j < VECTORS; j++) {
      gradient[j] = LOADV(dm + t * BLOCK + j * VECTOR);
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
#pragma unroll
  for (int i = 0; i < PIXELS; i++) {
    if (i < count) {
#pragma unroll
      for (int j = 0; j < VECTORS; j++) {
        global float* vector = dv + i * BLOCK + j * VECTOR;
        STOREV(add ? LOADV(vector) + sum[i][j] : sum[i][j], vector);
      }
    }
  }
}

// dweight of count channels from c on and the block of filters from k on, from their dV.
TRANSFORM void gather(
    global const float* dv,
    global float* dweight,
    const int C,
    const int K,
    const int c,
    const int count,
    const int k,
    const int slab) {
  for (int i = 0; i < count; i++) {
    for (int j = 0; j < BLOCK; j += VECTOR) {
      global float* to = dweight + (c + i) * K + min(k + j, K);
      store_weight_gradient(dv + i * BLOCK + j, slab, to, C * K, K - k - j);
    }
  }
}

// dV of a run of tiles. get_global_id: 0 = PIXELS channels, 1 = block of filters, 2 = point.
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
  const int channel = (int)get_global_id(1) / blocks * C + c;
  const int place = (int)get_global_id(1) * POINTS + (int)get_global_id(2);
  global const float* inputs = u + uStart + (int)get_global_id(2) * (run * row + VECTOR) + channel;
  global const float* gradients = dm + dmStart + place * (run * BLOCK + VECTOR);
  multiply(inputs, gradients, dv + place * FILTER_SLAB(C) + c * BLOCK, tiles, row, C - c, add);
}

// dweight = G^T dV G. get_global_id: 0 = block of filters, 1 = VECTOR channels.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void winograd_gradient_gather(
    global const float* restrict dv,  // (K/BLOCK,POINTS,FILTER_SLAB(C)) read
    global float* restrict dweight,   // (FILTER,FILTER,C,K) overwritten
    const int C,    // of one group
    const int K) {  // of all groups
  const int c = (int)get_global_id(1) * VECTOR;
  global const float* from = dv + get_global_id(0) * POINTS * FILTER_SLAB(C) + c * BLOCK;
  gather(from, dweight, C, K, c, min(VECTOR, C - c), (int)get_global_id(0) * BLOCK, FILTER_SLAB(C));
}

// Both where one run has all tiles: dV of a chunk of channels and a block of filters stays in the L2 of the core that
// makes it. Where the weight is large and tiles are few, dV through memory and back costs more than the products.
// get_group_id(0): an equal share of these pieces, the blocks of filters of a chunk after each other.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void winograd_gradient_at_once(
    global const float* restrict u,   // uStart, then (POINTS,tiles,C of all groups padded) read
    global const float* restrict dm,  // dmStart, then (K/BLOCK,POINTS,tiles,BLOCK) read
    global float* restrict scratch,   // (groups, dV of chunk channels) overwritten
    global float* restrict dweight,   // (FILTER,FILTER,C,K) overwritten
    const int groups,
    const int C,       // of one group
    const int K,       // of all groups
    const int blocks,  // of filters of one group
    const int tiles,
    const int uStart,
    const int dmStart,
    const int chunk) {  // a multiple of PIXELS
  const int row = PADDED(groups * C);
  const int slab = chunk * BLOCK + VECTOR;
  const int allBlocks = groups * blocks;
  const int pieces = (C + chunk - 1) / chunk * allBlocks;
  const int share = (pieces + (int)get_num_groups(0) - 1) / (int)get_num_groups(0);
  const int begin = (int)get_group_id(0) * share;
  global float* dv = scratch + get_group_id(0) * POINTS * slab;
  for (int piece = begin; piece < min(begin + share, pieces); piece++) {
    const int c = piece / allBlocks * chunk;
    const int block = piece % allBlocks;
    const int count = min(chunk, C - c);
    for (int point = 0; point < POINTS; point++) {
      global const float* inputs = u + uStart + point * (tiles * row + VECTOR) + block / blocks * C + c;
      global const float* gradients = dm + dmStart + (block * POINTS + point) * (tiles * BLOCK + VECTOR);
      for (int i = 0; i < count; i += PIXELS) {
        multiply(inputs + i, gradients, dv + point * slab + i * BLOCK, tiles, row, count - i, 0);
      }
    }
    gather(dv, dweight, C, K, c, count, block * BLOCK, slab);
  }
}
