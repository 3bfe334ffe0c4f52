// The products of Winograd's minimal filtering at each point, for GPUs: c[m,n] = sum over l of a[m,l] b[l,n], or the
// sum added to c. Forward: M = U V, rows are tiles, columns filters, terms channels. Backward weight: dV = U^T dM,
// rows are channels, columns filters, terms tiles; a then lies as (L,M).
//
// A work-group computes one tile of sums at one point (see tile.clh). get_group_id: 0 = tile, columns first, so that
// neighbours share rows; 1 = point. Sums run over l in order. LOAD is 4: rows are padded to multiples of 4 with
// zeros.

#include "tile.clh"

// 1 where a lies as (L,M).
#ifndef ALONG
#define ALONG 0
#endif

#if LOAD != 4
#error "rows are read as float4: LOAD must be 4"
#endif

#define ACROSS_M (TILE_M / LOAD)
#define ACROSS_N (TILE_N / LOAD)

__attribute__((reqd_work_group_size(ITEMS, 1, 1)))
kernel void winograd_product(
    global const float* a,  // aStart, then (POINTS,M,L), or (POINTS,L,M), rows of aRow, read
    global const float* b,  // bStart, then (POINTS,L,N), rows of row, read
    global float* c,        // cStart, then (POINTS,M,N), rows of row, overwritten or added to
    const int M,
    const int N,
    const int L,
    const int aStart,
    const int aRow,
    const int bStart,
    const int cStart,
    const int row,
    const int add) {
  local float tileA[BUFFERS][TILE_L * STRIDE_M] __attribute__((aligned(16)));
  local float tileB[BUFFERS][TILE_L * STRIDE_N] __attribute__((aligned(16)));
  const int item = (int)get_local_id(0);
  const int point = (int)get_group_id(1);
  const int tiles = (N + TILE_N - 1) / TILE_N;
  const int firstRow = (int)get_group_id(0) / tiles * TILE_M;
  const int firstColumn = (int)get_group_id(0) % tiles * TILE_N;
#if ALONG
  const int lengthA = item / ACROSS_M;
  const int rowA = firstRow + item % ACROSS_M * LOAD;
  global const float* fromA = a + aStart + point * L * aRow + lengthA * aRow + rowA;
  const int stepA = TILE_L * aRow;
  const int apartA = ITEMS / ACROSS_M * aRow;
#else
  const int lengthA = DEEP_L(item);
  const int rowA = firstRow + DEEP_FIRST(item);
  global const float* fromA = a + aStart + point * M * aRow + rowA * aRow + lengthA;
  const int stepA = TILE_L;
  const int apartA = DEEP_APART * aRow;
#endif
  const int lengthB = item / ACROSS_N;
  const int columnB = firstColumn + item % ACROSS_N * LOAD;
  global const float* fromB = b + bStart + (point * L + lengthB) * row + columnB;

  Loaded nextA[LOADS_M];
  Loaded nextB[LOADS_N];
  float4 sums[ITEM_M][ITEM_N / 4] = {{(float4)(0.0f)}};
  const int steps = (L + TILE_L - 1) / TILE_L;
  int left = L;
  for (int step = 0; step <= steps; step++) {
#pragma unroll
    for (int i = 0; i < LOADS_M; i++) {
#if ALONG
      const int inside = lengthA + i * (ITEMS / ACROSS_M) < left && rowA < M;
#else
      const int inside = lengthA < left && rowA + i * DEEP_APART < M;
#endif
      nextA[i] = load_inside(fromA + i * apartA, inside);
    }
#pragma unroll
    for (int i = 0; i < LOADS_N; i++) {
      const int inside = lengthB + i * (ITEMS / ACROSS_N) < left && columnB < N;
      nextB[i] = load_inside(fromB + i * (ITEMS / ACROSS_N) * row, inside);
    }
    fromA += stepA;
    fromB += TILE_L * row;
    left -= TILE_L;
    if (step > 0) {
      multiply_tiles(tileA[(step - 1) % BUFFERS], tileB[(step - 1) % BUFFERS], item, sums);
    }
    BEFORE_STORING;
#pragma unroll
    for (int i = 0; i < LOADS_M; i++) {
#if ALONG
      const int l = item / ACROSS_M + i * (ITEMS / ACROSS_M);
      if (WHOLE_M || l < TILE_L) {
        store_along(tileA[step % BUFFERS] + l * STRIDE_M + item % ACROSS_M * LOAD, nextA[i]);
      }
#else
      const int m = DEEP_FIRST(item) + i * DEEP_APART;
      if (WHOLE_M || m < TILE_M) {
        store_across(tileA[step % BUFFERS] + DEEP_L(item) * STRIDE_M + m, nextA[i], STRIDE_M);
      }
#endif
    }
#pragma unroll
    for (int i = 0; i < LOADS_N; i++) {
      const int l = item / ACROSS_N + i * (ITEMS / ACROSS_N);
      if (WHOLE_N || l < TILE_L) {
        store_along(tileB[step % BUFFERS] + l * STRIDE_N + item % ACROSS_N * LOAD, nextB[i]);
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

  global float* to = c + cStart + point * M * row;
#pragma unroll
  for (int i = 0; i < ITEM_M; i++) {
    const int m = firstRow + tile_row(item, i);
#pragma unroll
    for (int j = 0; j < ITEM_N / 4; j++) {
      const int n = firstColumn + tile_column(item, j);
      if (m < M && n < N) {
        global float4* place = (global float4*)(to + m * row + n);
        *place = add ? *place + sums[i][j] : sums[i][j];
      }
    }
  }
}
