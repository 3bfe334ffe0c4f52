// Convolution as matrix products whose tiles are gathered from the image on the way into local memory (implicit GEMM,
// Chetlur et al. 2014), for GPUs; any sizes.
//
//   forward           y[n,p,q,k]    = f(bias[k] + sum over r,s,c of x[n,h,w,c] weight[r,s,c,k])
//                     rows n,p,q, columns k of one group
//   backward data     dx[n,h,w,c]   = sum over r,s,k of dy[n,p,q,k] weight[r,s,c,k]
//                     rows n,h,w of one residue class (h mod strideH, w mod strideW), which meets always the same r,s;
//                     columns c of one group
//   backward weight   dw[r,s,c,k]   = sum over n,p,q of x[n,h,w,c] dy[n,p,q,k]
//                     rows r,s,c, columns k of one group; the sum over n,p,q in parts, added in order by a last kernel
//   with h = p strideH - padH + r dilationH, w = q strideW - padW + s dilationW inside the image.
//
// A work-group computes one tile (see tile.clh). get_group_id: 0 = tile, columns first, so that neighbours share rows;
// 1 = group (and residue class); 2 = part. Sums run in the order written above. LOAD 4 needs C/groups and K/groups to
// be multiples of 4.

#include "activation.clh"
#include "convolution.clh"
#include "tile.clh"

#define TILED __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
#define NOWHERE (-0x40000000)

// An index along three axes, the last one fastest: r,s,c or n,p,q.
typedef struct {
  int outer;
  int middle;
  int inner;
} Place;

// Without remainders: beside their division they become what Oclgrind 21.10 cannot run.
inline Place place_of(const int index, const int middles, const int inners) {
  const int rest = index / inners;
  const int outer = rest / middles;
  const Place place = {outer, rest - outer * middles, index - rest * inners};
  return place;
}

// Addition of indices with carries instead of divisions.
inline Place place_after(const Place place, const Place by, const int middles, const int inners) {
  Place sum = {place.outer + by.outer, place.middle + by.middle, place.inner + by.inner};
  if (sum.inner >= inners) {
    sum.inner -= inners;
    sum.middle++;
  }
  if (sum.middle >= middles) {
    sum.middle -= middles;
    sum.outer++;
  }
  return sum;
}

// The windows whose rows an item loads: where filter element (0,0) stands in memory and in the image.
typedef struct {
  int origin[LOADS_M];
  int top[LOADS_M];
  int left[LOADS_M];
} Windows;

// An image as windows see it: (N,rows,columns,channels); filter elements lie apart.
typedef struct {
  int rows;
  int columns;
  int channels;
  int apartH;
  int apartW;
} Image;

inline void load_windows(
    global const float* from,
    const Image image,
    const Windows* windows,
    const Place term,
    const bool inside,
    Loaded* loaded) {
  const int down = term.outer * image.apartH;
  const int right = term.middle * image.apartW;
  global const float* there = from + ((down * image.columns + right) * image.channels + term.inner);
#pragma unroll
  for (int i = 0; i < LOADS_M; i++) {
    const int h = windows->top[i] + down;
    const int w = windows->left[i] + right;
    const bool seen = inside && h >= 0 && h < image.rows && w >= 0 && w < image.columns;
    loaded[i] = load_inside(there + windows->origin[i], seen);
  }
}

inline void store_windows(const Loaded* loaded, const uint item, local float* tile) {
  local float* to = tile + DEEP_L(item) * STRIDE_M;
#pragma unroll
  for (int i = 0; i < LOADS_M; i++) {
    const int m = DEEP_FIRST(item) + i * DEEP_APART;
    if (WHOLE_M || m < TILE_M) {
      store_across(to + m, loaded[i], STRIDE_M);
    }
  }
}

// Rows first, first + 1, … of a matrix, of which an item takes one column and every so manieth row.
#define WIDE_UNITS (TILE_N / LOAD)
#define WIDE_APART (ITEMS / WIDE_UNITS)
#define UPRIGHT_UNITS (TILE_M / LOAD)
#define UPRIGHT_APART (ITEMS / UPRIGHT_UNITS)

inline void load_rows(
    global const float* from,
    const int stride,
    const int row,
    const int rows,
    const bool inside,
    Loaded* loaded) {
#pragma unroll
  for (int i = 0; i < LOADS_N; i++) {
    const int l = row + i * WIDE_APART;
    loaded[i] = load_inside(from + l * stride, inside && l < rows);
  }
}

inline void store_rows(const Loaded* loaded, const uint item, local float* tile) {
  local float* to = tile + item % WIDE_UNITS * LOAD;
#pragma unroll
  for (int i = 0; i < LOADS_N; i++) {
    const int l = item / WIDE_UNITS + i * WIDE_APART;
    if (WHOLE_N || l < TILE_L) {
      store_along(to + l * STRIDE_N, loaded[i]);
    }
  }
}

// A cheap function is applied to each sum in registers. A costly one would be repeated in the code for each of them
// (seconds to compile), so that each item goes in a small loop over what it has just stored.
#if ACTIVATION <= ACTIVATION_LEAKY_RELU
#define activate_costly(y, item, firstRow, rows, K, start, firstColumn, columns, alpha)
inline float4 activate_cheap(const float4 sum, const float alpha) {
  return (float4)(activate(sum.s0, alpha), activate(sum.s1, alpha), activate(sum.s2, alpha), activate(sum.s3, alpha));
}
#else
#define activate_cheap(sum, alpha) (sum)
inline void activate_costly(
    global float* y,
    const uint item,
    const int firstRow,
    const int rows,
    const int K,
    const int start,
    const int firstColumn,
    const int columns,
    const float alpha) {
#pragma unroll 1
  for (int i = 0; i < ITEM_M * ITEM_N; i++) {
    const int pixel = firstRow + tile_row(item, i / ITEM_N);
    const int k = firstColumn + tile_column(item, i / 4 % (ITEM_N / 4)) + i % 4;
    if (pixel < rows && k < columns) {
      global float* value = y + pixel * K + start + k;
      *value = activate(*value, alpha);
    }
  }
}
#endif

TILED
kernel void convolution_tiled_forward(
    global const float* x,       // (N,H,W,C) read
    global const float* weight,  // (R,S,C/groups,K) read
    global const float* bias,    // (K) read, or null
    global float* y,             // (N,P,Q,K) overwritten
    CONVOLUTION_SIZES,
    const float alpha) {
  local float a[BUFFERS][TILE_L * STRIDE_M] __attribute__((aligned(16)));
  local float b[BUFFERS][TILE_L * STRIDE_N] __attribute__((aligned(16)));
  const uint item = (uint)get_local_id(0);
  const int filters = K / groups;
  const int channels = C / groups;
  const int tiles = (filters + TILE_N - 1) / TILE_N;
  const Place tile = place_of((int)get_group_id(0), 1, tiles);
  const int firstRow = tile.outer * TILE_M;
  const int firstColumn = tile.inner * TILE_N;
  const int group = (int)get_group_id(1);

  Windows windows;
#pragma unroll
  for (int i = 0; i < LOADS_M; i++) {
    const int pixel = firstRow + DEEP_FIRST(item) + i * DEEP_APART;
    const Place at = place_of(pixel, P, Q);
    const int top = at.middle * strideH - padH;
    const int left = at.inner * strideW - padW;
    windows.origin[i] = ((at.outer * H + top) * W + left) * C + group * channels;
    windows.top[i] = pixel < N * P * Q ? top : NOWHERE;
    windows.left[i] = left;
  }
  const Image image = {H, W, C, dilationH, dilationW};
  const Place stride = place_of(TILE_L, S, channels);
  Place term = place_of(DEEP_L(item), S, channels);

  const int terms = R * S * channels;
  const int column = firstColumn + item % WIDE_UNITS * LOAD;
  global const float* filter = weight + group * filters + column;
  int row = item / WIDE_UNITS;

  Loaded nextA[LOADS_M];
  Loaded nextB[LOADS_N];
  float4 sums[ITEM_M][ITEM_N / 4] = {{(float4)(0.0f)}};
  const int steps = (terms + TILE_L - 1) / TILE_L;
  for (int step = 0; step <= steps; step++) {
    load_windows(x, image, &windows, term, term.outer < R, nextA);
    load_rows(filter, K, row, terms, column < filters, nextB);
    term = place_after(term, stride, S, channels);
    row += TILE_L;
    if (step > 0) {
      multiply_tiles(a[(step - 1) % BUFFERS], b[(step - 1) % BUFFERS], item, sums);
    }
    BEFORE_STORING;
    store_windows(nextA, item, a[step % BUFFERS]);
    store_rows(nextB, item, b[step % BUFFERS]);
    barrier(CLK_LOCAL_MEM_FENCE);
  }

#pragma unroll
  for (int j = 0; j < ITEM_N / 4; j++) {
    const int k = firstColumn + tile_column(item, j);
    float start[4];
#pragma unroll
    for (int v = 0; v < 4; v++) {
      start[v] = bias && k + v < filters ? bias[group * filters + k + v] : 0.0f;
    }
    const float4 starts = (float4)(start[0], start[1], start[2], start[3]);
#pragma unroll
    for (int i = 0; i < ITEM_M; i++) {
      const int pixel = firstRow + tile_row(item, i);
      if (pixel < N * P * Q) {
        store_columns(y + pixel * K + group * filters + k, activate_cheap(starts + sums[i][j], alpha), filters - k);
      }
    }
  }
  activate_costly(y, item, firstRow, N * P * Q, K, group * filters, firstColumn, filters, alpha);
}

// The filter rows (or columns) that meet the input rows h = residue + stride i: r = first + t apart for t < count, at
// the output row p = start + i - t step.
typedef struct {
  int first;
  int apart;
  int count;
  int start;
  int step;
} Meeting;

inline Meeting meeting_of(
    const int residue, const int stride, const int pad, const int dilation, const int length, const int apart) {
  Meeting meeting = {0, apart, 0, 0, dilation * apart / stride};
  for (; meeting.first < min(apart, length); meeting.first++) {
    const int place = residue + pad - meeting.first * dilation;
    meeting.start = place / stride;
    if (meeting.start * stride == place) {
      meeting.count = (length - 1 - meeting.first) / apart + 1;
      break;
    }
  }
  return meeting;
}

// The input pixel of a row of a residue class, or an outer place of N behind the last.
inline Place pixel_of(
    const int row, const int N, const int H, const int W, const int h, const int w,
    const int strideH, const int strideW) {
  const int rows = (H - h + strideH - 1) / strideH;
  const int columns = (W - w + strideW - 1) / strideW;
  Place place = {N, 0, 0};
  if (rows > 0 && columns > 0 && row < N * rows * columns) {
    place = place_of(row, rows, columns);
  }
  return place;
}

TILED
kernel void convolution_tiled_backward_data(
    global const float* dy,      // (N,P,Q,K) read
    global const float* weight,  // (R,S,C/groups,K) read
    global float* dx,            // (N,H,W,C) overwritten
    CONVOLUTION_SIZES,
    const int apartR,  // strideH / gcd(strideH, dilationH): filter rows of one residue class lie so far apart
    const int apartS) {
  local float a[BUFFERS][TILE_L * STRIDE_M] __attribute__((aligned(16)));
  local float b[BUFFERS][TILE_L * STRIDE_N] __attribute__((aligned(16)));
  const uint item = (uint)get_local_id(0);
  const int filters = K / groups;
  const int channels = C / groups;
  const int tiles = (channels + TILE_N - 1) / TILE_N;
  const Place tile = place_of((int)get_group_id(0), 1, tiles);
  const int firstRow = tile.outer * TILE_M;
  const int firstColumn = tile.inner * TILE_N;
  const Place residue = place_of((int)get_group_id(1), strideW, groups);
  const int group = residue.inner;
  const Meeting vertical = meeting_of(residue.outer, strideH, padH, dilationH, R, apartR);
  const Meeting horizontal = meeting_of(residue.middle, strideW, padW, dilationW, S, apartS);

  Windows windows;
#pragma unroll
  for (int i = 0; i < LOADS_M; i++) {
    const int pixel = firstRow + DEEP_FIRST(item) + i * DEEP_APART;
    const Place at = pixel_of(pixel, N, H, W, residue.outer, residue.middle, strideH, strideW);
    const int top = vertical.start + at.middle;
    const int left = horizontal.start + at.inner;
    windows.origin[i] = ((at.outer * P + top) * Q + left) * K + group * filters;
    windows.top[i] = at.outer < N ? top : NOWHERE;
    windows.left[i] = left;
  }
  const Image image = {P, Q, K, -vertical.step, -horizontal.step};
  const int middles = max(horizontal.count, 1);
  const int outers = horizontal.count == 0 ? 0 : vertical.count;
  const Place stride = place_of(TILE_L, middles, filters);
  Place term = place_of(DEEP_L(item), middles, filters);

  Loaded nextA[LOADS_M];
  Loaded nextB[LOADS_N];
  float4 sums[ITEM_M][ITEM_N / 4] = {{(float4)(0.0f)}};
  const int steps = (outers * middles * filters + TILE_L - 1) / TILE_L;
  for (int step = 0; step <= steps; step++) {
    load_windows(dy, image, &windows, term, term.outer < outers, nextA);
    const int r = vertical.first + term.outer * apartR;
    const int s = horizontal.first + term.middle * apartS;
    global const float* filter = weight + (r * S + s) * channels * K + group * filters + term.inner;
#pragma unroll
    for (int i = 0; i < LOADS_N; i++) {
      const int c = firstColumn + DEEP_FIRST(item) + i * DEEP_APART;
      nextB[i] = load_inside(filter + c * K, term.outer < outers && c < channels);
    }
    term = place_after(term, stride, middles, filters);
    if (step > 0) {
      multiply_tiles(a[(step - 1) % BUFFERS], b[(step - 1) % BUFFERS], item, sums);
    }
    BEFORE_STORING;
    store_windows(nextA, item, a[step % BUFFERS]);
#pragma unroll
    for (int i = 0; i < LOADS_N; i++) {
      const int n = DEEP_FIRST(item) + i * DEEP_APART;
      if (WHOLE_N || n < TILE_N) {
        store_across(b[step % BUFFERS] + DEEP_L(item) * STRIDE_N + n, nextB[i], STRIDE_N);
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

#pragma unroll
  for (int i = 0; i < ITEM_M; i++) {
    const Place at = pixel_of(firstRow + tile_row(item, i), N, H, W, residue.outer, residue.middle, strideH, strideW);
    if (at.outer < N) {
      const int h = residue.outer + at.middle * strideH;
      const int w = residue.middle + at.inner * strideW;
      global float* to = dx + ((at.outer * H + h) * W + w) * C + group * channels;
#pragma unroll
      for (int j = 0; j < ITEM_N / 4; j++) {
        const int c = firstColumn + tile_column(item, j);
        store_columns(to + c, sums[i][j], channels - c);
      }
    }
  }
}

TILED
kernel void convolution_tiled_backward_weight(
    global const float* x,   // (N,H,W,C) read
    global const float* dy,  // (N,P,Q,K) read
    global float* parts,     // (parts,R,S,C/groups,K) overwritten
    CONVOLUTION_SIZES,
    const int pixelsPerPart) {
  local float a[BUFFERS][TILE_L * STRIDE_M] __attribute__((aligned(16)));
  local float b[BUFFERS][TILE_L * STRIDE_N] __attribute__((aligned(16)));
  const uint item = (uint)get_local_id(0);
  const int filters = K / groups;
  const int channels = C / groups;
  const int elements = R * S * channels;
  const int tiles = (filters + TILE_N - 1) / TILE_N;
  const Place tile = place_of((int)get_group_id(0), 1, tiles);
  const int firstRow = tile.outer * TILE_M;
  const int firstColumn = tile.inner * TILE_N;
  const int group = (int)get_group_id(1);
  const int part = (int)get_group_id(2);
  const int firstPixel = part * pixelsPerPart;
  const int pixels = min(firstPixel + pixelsPerPart, N * P * Q);

  const int unit = firstRow + item % UPRIGHT_UNITS * LOAD;
  const Place element = place_of(unit, S, channels);
  const int h0 = element.outer * dilationH - padH;
  const int w0 = element.middle * dilationW - padW;
  global const float* from = x + group * channels + element.inner;
  Place at[LOADS_M];
#pragma unroll
  for (int i = 0; i < LOADS_M; i++) {
    at[i] = place_of(firstPixel + item / UPRIGHT_UNITS + i * UPRIGHT_APART, P, Q);
  }
  const Place stride = place_of(TILE_L, P, Q);
  const int column = firstColumn + item % WIDE_UNITS * LOAD;
  int pixel = firstPixel;

  Loaded nextA[LOADS_M];
  Loaded nextB[LOADS_N];
  float4 sums[ITEM_M][ITEM_N / 4] = {{(float4)(0.0f)}};
  const int steps = (pixels - firstPixel + TILE_L - 1) / TILE_L;
  for (int step = 0; step <= steps; step++) {
#pragma unroll
    for (int i = 0; i < LOADS_M; i++) {
      const int h = at[i].middle * strideH + h0;
      const int w = at[i].inner * strideW + w0;
      const int l = item / UPRIGHT_UNITS + i * UPRIGHT_APART;
      const bool seen = pixel + l < pixels && unit < elements && h >= 0 && h < H && w >= 0 && w < W;
      nextA[i] = load_inside(from + ((at[i].outer * H + h) * W + w) * C, seen);
      at[i] = place_after(at[i], stride, P, Q);
    }
    load_rows(dy + group * filters + column, K, pixel + item / WIDE_UNITS, pixels, column < filters, nextB);
    pixel += TILE_L;
    if (step > 0) {
      multiply_tiles(a[(step - 1) % BUFFERS], b[(step - 1) % BUFFERS], item, sums);
    }
    BEFORE_STORING;
#pragma unroll
    for (int i = 0; i < LOADS_M; i++) {
      const int l = item / UPRIGHT_UNITS + i * UPRIGHT_APART;
      if (WHOLE_M || l < TILE_L) {
        store_along(a[step % BUFFERS] + l * STRIDE_M + item % UPRIGHT_UNITS * LOAD, nextA[i]);
      }
    }
    store_rows(nextB, item, b[step % BUFFERS]);
    barrier(CLK_LOCAL_MEM_FENCE);
  }

  global float* to = parts + (size_t)part * elements * K + group * filters;
#pragma unroll
  for (int i = 0; i < ITEM_M; i++) {
    const int row = firstRow + tile_row(item, i);
    if (row < elements) {
#pragma unroll
      for (int j = 0; j < ITEM_N / 4; j++) {
        const int k = firstColumn + tile_column(item, j);
        store_columns(to + row * K + k, sums[i][j], filters - k);
      }
    }
  }
}

// dweight = the parts, added in order. get_global_id: 0 = element r,s,c,k.
kernel void convolution_tiled_sum(
    global const float* parts,  // (parts,R,S,C/groups,K) read
    global float* dweight,      // (R,S,C/groups,K) overwritten
    const int size,
    const int count) {
  const int element = (int)get_global_id(0);
  float sum = 0.0f;
  for (int part = 0; part < count; part++) {
    sum += parts[(size_t)part * size + element];
  }
  dweight[element] = sum;
}
