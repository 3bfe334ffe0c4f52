// 3x3 convolution with stride 1 by Winograd's minimal filtering (Lavin & Gray 2015), for GPUs: one launch for each
// stage, with everything between them in global memory. The formulas stand in convolution_winograd.cl and
// convolution_winograd_gradient.cl.
//
//   forward          V from the weight; for each run of tiles U from x, M = U V at each point, y from M
//   backward data    the same on dy, with the filters turned and transposed
//   backward weight  for each run of tiles U from x, dM from dy, dV = U^T dM or added to it; at last dweight from dV
//
// A work-item of a transform handles one vector of channels or filters (get_global_id 0) of one tile or channel
// (get_global_id 1), both rounded up, so that neighbours read and write neighbouring vectors. Rows of U, V, M, dM
// and dV are padded with zeros. convolution_winograd_product.cl has the products.

#include "vector.clh"
#include "activation.clh"
#include "winograd.clh"
#include "winograd_tiles.clh"

// 64 work-items to a group: they may have as many registers as a tile takes.
#define STAGE __attribute__((reqd_work_group_size(16, 4, 1)))

STAGE kernel void winograd_staged_filter(
    global const float* restrict weight,  // (3,3,C,K) read, or (3,3,K,C) where it is turned
    global float* restrict v,             // (POINTS,C,K padded) overwritten
    const int C,
    const int K,
    const int turned) {
  const int k = (int)get_global_id(0) * VECTOR;
  const int c = (int)get_global_id(1);
  if (k >= PADDED(K) || c >= C) {
    return;
  }
  FLOATV g[9];
#pragma unroll
  for (int i = 0; i < 9; i++) {
    if (turned) {
      float part[VECTOR];
#pragma unroll
      for (int j = 0; j < VECTOR; j++) {
        part[j] = k + j < K ? weight[((8 - i) * K + k + j) * C + c] : 0.0f;
      }
      g[i] = LOADV(part);
    } else {
      g[i] = load_part(weight + (i * C + c) * K + k, K - k);
    }
  }
  store_filter(g, v + c * PADDED(K) + k, C * PADDED(K));
}

STAGE kernel void winograd_staged_input(
    global const float* restrict x,  // (N,H,W,C) read
    global float* restrict u,        // start, then (POINTS,tiles,C padded) overwritten
    WINOGRAD_SIZES,
    const int firstTile,
    const int tiles,
    const int start) {
  const int across = (Q + TILE - 1) / TILE;
  const int down = (P + TILE - 1) / TILE;
  const int c = (int)get_global_id(0) * VECTOR;
  if (c >= PADDED(C) || (int)get_global_id(1) >= tiles) {
    return;
  }
  const int tile = firstTile + (int)get_global_id(1);
  const int n = tile / (down * across);
  const int h = tile / across % down * TILE - padH;
  const int w = tile % across * TILE - padW;
  const int row = PADDED(C);
  global float* to = u + start + (int)get_global_id(1) * row + c;
  store_input(x + n * H * W * C + c, to, C, H, W, h, w, tiles * row, C - c);
}

STAGE kernel void winograd_staged_output(
    global const float* restrict m,     // start, then (POINTS,tiles,K padded) read
    global const float* restrict bias,  // (K) read, or null
    global float* restrict y,           // (N,P,Q,K) overwritten: the tiles of the run
    WINOGRAD_SIZES,
    const int firstTile,
    const int tiles,
    const int start,
    const float alpha) {
  const int across = (Q + TILE - 1) / TILE;
  const int down = (P + TILE - 1) / TILE;
  const int k = (int)get_global_id(0) * VECTOR;
  if (k >= K || (int)get_global_id(1) >= tiles) {
    return;
  }
  const int tile = firstTile + (int)get_global_id(1);
  const int n = tile / (down * across);
  const int p = tile / across % down * TILE;
  const int q = tile % across * TILE;
  const int row = PADDED(K);
  const FLOATV first = bias ? load_part(bias + k, K - k) : (FLOATV)(0.0f);
  global const float* from = m + start + (int)get_global_id(1) * row + k;
  store_output(from, tiles * row, first, alpha, y + ((n * P + p) * Q + q) * K + k, K, Q, P - p, Q - q, K - k);
}

STAGE kernel void winograd_staged_gradient(
    global const float* restrict dy,  // (N,P,Q,K) read
    global float* restrict dm,        // start, then (POINTS,tiles,K padded) overwritten
    WINOGRAD_SIZES,
    const int firstTile,
    const int tiles,
    const int start) {
  const int across = (Q + TILE - 1) / TILE;
  const int down = (P + TILE - 1) / TILE;
  const int k = (int)get_global_id(0) * VECTOR;
  if (k >= PADDED(K) || (int)get_global_id(1) >= tiles) {
    return;
  }
  const int tile = firstTile + (int)get_global_id(1);
  const int n = tile / (down * across);
  const int p = tile / across % down * TILE;
  const int q = tile % across * TILE;
  const int row = PADDED(K);
  global float* to = dm + start + (int)get_global_id(1) * row + k;
  store_gradient(dy + ((n * P + p) * Q + q) * K + k, to, tiles * row, K, Q, P - p, Q - q, K - k);
}

STAGE kernel void winograd_staged_weight_gradient(
    global const float* restrict dv,  // (POINTS,C,K padded) read
    global float* restrict dweight,   // (3,3,C,K) overwritten
    const int C,
    const int K) {
  const int k = (int)get_global_id(0) * VECTOR;
  const int c = (int)get_global_id(1);
  if (k >= K || c >= C) {
    return;
  }
  store_weight_gradient(dv + c * PADDED(K) + k, C * PADDED(K), dweight + c * K + k, C * K, K - k);
}
