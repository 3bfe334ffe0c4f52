// Convolution by filters of FILTER x FILTER with stride 1 by Winograd's minimal filtering (Lavin & Gray 2015, section
// 4), for CPU drivers: the output is cut into tiles of TILE x TILE, each from SPAN x SPAN inputs, and with U = B^T x B,
// V = G weight G^T
//
//   M[point,tile,k] = sum over c of U[point,tile,c] V[point,c,k],     y[tile,k] = f(bias[k] + A^T M A),
//
// POINTS = SPAN^2 products where the sliding window has FILTER^2 TILE^2. Sums run over c in order. Backward-data is the
// same on dy with the filters turned by 180 degrees, C and K exchanged, and padding FILTER - 1 - pad, which may be
// negative. C and K count the channels and filters of all groups; BLOCK divides the filters of one, if there are
// several.
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

// V of the channels from begin to before end and the block of filters from k on; the first channel comes first.
TRANSFORM void transform_filters(
    global const float* weight,
    global float* v,
    const int C,
    const int K,
    const int k,
    const int begin,
    const int end,
    const int slab) {
  for (int c = begin; c < end; c++) {
    for (int j = 0; j < BLOCK; j += VECTOR) {
      FLOATV g[TAPS];
#pragma unroll
      for (int i = 0; i < TAPS; i++) {
        g[i] = load_part(weight + (i * C + c) * K + min(k + j, K), K - k - j);
      }
      store_filter(g, v + (c - begin) * BLOCK + j, slab);
    }
  }
}

// The same of up to VECTOR channels for backward-data, from a weight whose filters are this problem's channels, with C
// of them in a row: blocks of VECTOR x BLOCK are transposed.
TRANSFORM void transform_filters_rotated(
    global const float* weight,
    global float* v,
    const int C,
    const int K,
    const int first,
    const int c,
    const int count,
    const int slab) {
  float turned[TAPS][VECTOR][BLOCK];
  for (int i = 0; i < TAPS; i++) {
    for (int j = 0; j < BLOCK; j++) {
      const int k = first + j;
      float line[VECTOR];
      STOREV(load_part(weight + ((TAPS - 1 - i) * K + min(k, K - 1)) * C + c, k < K ? count : 0), line);
#pragma unroll
      for (int column = 0; column < VECTOR; column++) {
        turned[i][column][j] = line[column];
      }
    }
  }
  for (int column = 0; column < count; column++) {
    for (int j = 0; j < BLOCK; j += VECTOR) {
      FLOATV g[TAPS];
#pragma unroll
      for (int i = 0; i < TAPS; i++) {
        g[i] = LOADV(turned[i][column] + j);
      }
      store_filter(g, v + column * BLOCK + j, slab);
    }
  }
}

// get_global_id: 0 = block of filters, 1 = VECTOR channels.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_winograd_filter(
    global const float* restrict weight,  // (FILTER,FILTER,C,K) read
    global float* restrict v,             // (K/BLOCK,POINTS,FILTER_SLAB(C)) overwritten
    const int C,    // of one group
    const int K) {  // of all groups
  const int c = (int)get_global_id(1) * VECTOR;
  global float* block = v + get_global_id(0) * POINTS * FILTER_SLAB(C) + c * BLOCK;
  transform_filters(weight, block, C, K, (int)get_global_id(0) * BLOCK, c, min(C, c + VECTOR), FILTER_SLAB(C));
}

// get_global_id: 0 = block of filters, 1 = VECTOR channels.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_winograd_filter_rotated(
    global const float* restrict weight,  // (FILTER,FILTER,K of one group,C of all groups) read
    global float* restrict v,             // (K/BLOCK,POINTS,FILTER_SLAB(C)) overwritten
    const int groups,
    const int C,    // of one group
    const int K) {  // of all groups
  const int c = (int)get_global_id(1) * VECTOR;
  const int k = (int)get_global_id(0) * BLOCK;
  const int group = k / (K / groups);
  global float* block = v + get_global_id(0) * POINTS * FILTER_SLAB(C) + c * BLOCK;
  transform_filters_rotated(weight + group * C, block, groups * C, K / groups, k - group * (K / groups), c,
                            min(VECTOR, C - c), FILTER_SLAB(C));
}

// M of up to PIXELS tiles and a block of filters at one point, or with add what C more channels add to it; tiles past
// the last read the last again.
TRANSFORM void multiply(
    global const float* u,
    global const float* v,
    global float* m,
    const int C,
    const int row,
    const int tiles,
    const int add) {
  global const float* from[PIXELS];
  FLOATV sum[PIXELS][VECTORS];
#pragma unroll
  for (int i = 0; i < PIXELS; i++) {
    from[i] = u + min(i, tiles - 1) * row;
#pragma unroll
    for (int j = 0; j < VECTORS; j++) {
      sum[i][j] = add ? LOADV(m + min(i, tiles - 1) * BLOCK + j * VECTOR) : (FLOATV)(0.0f);
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

// U of count tiles from the first on, for all channels.
TRANSFORM void transform_inputs(
    global const float* x,
    global float* u,
    WINOGRAD_SIZES,
    const int first,
    const int count,
    const int row,
    const int slab) {
  const int across = (Q + TILE - 1) / TILE;
  const int down = (P + TILE - 1) / TILE;
  for (int t = 0; t < count; t++) {
    const int n = (first + t) / (down * across);
    const int h = (first + t) / across % down * TILE - padH;
    const int w = (first + t) % across * TILE - padW;
    for (int c = 0; c < C; c += VECTOR) {
      store_input(x + n * H * W * C + c, u + t * row + c, C, H, W, h, w, slab, C - c);
    }
  }
}

// y of count tiles from the first on, for the block of filters from k on.
TRANSFORM void transform_outputs(
    global const float* m,
    global const float* bias,
    global float* y,
    WINOGRAD_SIZES,
    const int first,
    const int count,
    const int k,
    const int slab,
    const float alpha) {
  const int across = (Q + TILE - 1) / TILE;
  const int down = (P + TILE - 1) / TILE;
  for (int j = k; j < min(K, k + BLOCK); j += VECTOR) {
    const FLOATV start = bias ? load_part(bias + j, K - j) : (FLOATV)(0.0f);
    for (int t = 0; t < count; t++) {
      const int n = (first + t) / (down * across);
      const int p = (first + t) / across % down * TILE;
      const int q = (first + t) % across * TILE;
      global float* corner = y + ((n * P + p) * Q + q) * K + j;
      store_output(m + t * BLOCK + j - k, slab, start, alpha, corner, K, Q, P - p, Q - q, K - j);
    }
  }
}

// get_group_id: 0 = the blocks of tiles g, g + groups, ..., 1 = the blocks of filters likewise.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_winograd(
    global const float* restrict x,     // (N,H,W,C) read
    global const float* restrict v,     // (K/BLOCK,POINTS,FILTER_SLAB(C of one group)) read
    global const float* restrict bias,  // (K) read, or null
    global float* restrict y,           // (N,P,Q,K) overwritten
    global float* restrict scratch,     // scratchStart, then (groups, U and M of blockTiles tiles) overwritten
    WINOGRAD_SIZES,
    const int groups,
    const int blockTiles,
    const int scratchStart,
    const int scratchLength,
    const float alpha) {
  const int tiles = N * ((P + TILE - 1) / TILE) * ((Q + TILE - 1) / TILE);
  const int groupC = C / groups;
  const int groupK = K / groups;
  const int row = PADDED(C);
  // The extra vector keeps the points of a tile out of the same cache sets.
  const int uSlab = blockTiles * row + VECTOR;
  const int mSlab = blockTiles * BLOCK + VECTOR;
  global float* u = scratch + scratchStart + (get_group_id(1) * get_num_groups(0) + get_group_id(0)) * scratchLength;
  global float* m = u + POINTS * uSlab;

  for (int first = (int)get_group_id(0) * blockTiles; first < tiles; first += (int)get_num_groups(0) * blockTiles) {
    const int count = min(blockTiles, tiles - first);
    transform_inputs(x, u, WINOGRAD_PASSED, first, count, row, uSlab);
    for (int k = (int)get_group_id(1) * BLOCK; k < K; k += (int)get_num_groups(1) * BLOCK) {
      global const float* inputs = u + k / groupK * groupC;
      for (int point = 0; point < POINTS; point++) {
        global const float* filters = v + (k / BLOCK * POINTS + point) * FILTER_SLAB(groupC);
        for (int t = 0; t < count; t += PIXELS) {
          multiply(inputs + point * uSlab + t * row, filters, m + point * mSlab + t * BLOCK, groupC, row, count - t, 0);
        }
      }
      transform_outputs(m, bias, y, WINOGRAD_PASSED, first, count, k, mSlab, alpha);
    }
  }
}

// Asks for a share, one of POINTS, of the weight that transform_filters(_rotated) reads of channels from c on and the
// block of filters from k on.
TRANSFORM void prefetch_filters(
    global const float* weight,
    const int C,
    const int K,
    const int k,
    const int c,
    const int channels,
    const int rotated,
    const int share) {
  const int lines = rotated ? BLOCK : channels;
  const int length = rotated ? channels : BLOCK;
  global const float* first = rotated ? weight + k * C + c : weight + c * K + k;
  for (int i = share; PREFETCHES && i < TAPS * lines; i += POINTS) {
    prefetch_run(first + i / lines * C * K + i % lines * (rotated ? C : K), length);
  }
}

// The same where tiles are so few that V, once through memory and back, would cost more than the products: a group
// transforms the filters of chunk channels at a time, which stay in its core's L2, and adds their products to M.
// Two cores of an AMD EPYC 9005, fastest of three turns, forward: 16,256,8,8 -> 256 1.1 ms instead of 1.9, 2,512,14,14 ->
// 512 2.6 instead of 4.7.
// get_group_id: 0 = the blocks of tiles g, g + groups, ..., 1 = the blocks of filters likewise.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_winograd_few(
    global const float* restrict x,       // (N,H,W,C) read
    global const float* restrict weight,  // (FILTER,FILTER,C,K) read; rotated: (FILTER,FILTER,K,C)
    global const float* restrict bias,    // (K) read, or null
    global float* restrict y,             // (N,P,Q,K) overwritten
    global float* restrict scratch,       // (groups, U and M of blockTiles tiles, V of chunk channels) overwritten
    WINOGRAD_SIZES,
    const int blockTiles,
    const int chunk,
    const int scratchLength,
    const int rotated,
    const float alpha) {
  const int tiles = N * ((P + TILE - 1) / TILE) * ((Q + TILE - 1) / TILE);
  const int row = PADDED(C);
  const int uSlab = blockTiles * row + VECTOR;
  const int mSlab = blockTiles * BLOCK + VECTOR;
  const int vSlab = chunk * BLOCK + VECTOR;
  global float* u = scratch + (get_group_id(1) * get_num_groups(0) + get_group_id(0)) * scratchLength;
  global float* m = u + POINTS * uSlab;
  global float* v = m + POINTS * mSlab;

  for (int first = (int)get_group_id(0) * blockTiles; first < tiles; first += (int)get_num_groups(0) * blockTiles) {
    const int count = min(blockTiles, tiles - first);
    transform_inputs(x, u, WINOGRAD_PASSED, first, count, row, uSlab);
    for (int k = (int)get_group_id(1) * BLOCK; k < K; k += (int)get_num_groups(1) * BLOCK) {
      for (int c = 0; c < C; c += chunk) {
        const int channels = min(chunk, C - c);
        if (rotated) {
          for (int i = 0; i < channels; i += VECTOR) {
            transform_filters_rotated(weight, v + i * BLOCK, C, K, k, c + i, min(VECTOR, channels - i), vSlab);
          }
        } else {
          transform_filters(weight, v, C, K, k, c, c + channels, vSlab);
        }
        const int nextC = c + chunk < C ? c + chunk : 0;
        const int nextK = nextC > 0 ? k : k + (int)get_num_groups(1) * BLOCK;
        for (int point = 0; point < POINTS; point++) {
          if (nextK < K) {
            prefetch_filters(weight, C, K, nextK, nextC, min(chunk, C - nextC), rotated, point);
          }
          for (int t = 0; t < count; t += PIXELS) {
            global float* sums = m + point * mSlab + t * BLOCK;
            multiply(u + point * uSlab + t * row + c, v + point * vSlab, sums, channels, row, count - t, c > 0);
          }
        }
      }
      transform_outputs(m, bias, y, WINOGRAD_PASSED, first, count, k, mSlab, alpha);
    }
  }
}
