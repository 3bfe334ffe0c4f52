// Depthwise convolution (groups = C = K) for CPU drivers: whole rows at a time, so that every access is a run of memory
// and the row being summed stays in the first-level cache. One work-item a group.
//
// Forward and backward-data are correlations along two axes (axis.clh): pixel (i,j) of y is
//   f(bias[c] + sum over taps t,u of x[n, row of i and t, column of j and u, c] weight[row of t, column of u, c])
// and elements outside x are left out. Sums run over t, u in order.

#include "vector.clh"
#include "axis.clh"
#include "convolution.clh"
#include "activation.clh"

// Neighbouring pixels that share each weight that is read.
#define PIXELS 4

// count pixels of a row and lanes channels, summed in registers over the taps from firstT to endT and firstU to endU,
// all of which must see the image. Whole: there are VECTOR channels.
static inline __attribute__((always_inline)) void sum_pixels(
    const int count,
    const bool whole,
    const int lanes,
    global const float* x,  // the first pixel's tap 0,0
    const int xRow,         // elements from one tap row to the next
    const int xTap,         // elements from one tap to the next in its row
    const int xStep,        // elements from one pixel to the next
    const int ahead,        // elements to the last row that the next one will be the first to read
    const int newRows,      // how many rows that are
    const int rowLength,    // elements from one of them to the next
    const int pixel,        // elements from one pixel of x to the next
    global const float* weight,  // the channels' tap 0,0
    const int weightRow,    // elements from one tap row to the next
    const int weightTap,    // elements from one tap to the next in its row
    const FLOATV start,     // what every sum begins with: the bias
    global float* y,        // the channels of the first pixel, overwritten
    const int yStep,        // elements from one pixel to the next
    const int firstT,
    const int endT,
    const int firstU,
    const int endU,
    const int stream,       // whether y is too large for the caches
    const float alpha) {    // of the activation
  FLOATV sum[PIXELS];
#pragma unroll
  for (int m = 0; m < count; m++) {
    sum[m] = start;
  }
  for (int r = 0; PREFETCHES && r < newRows; r++) {
    for (int at = 0; at < count * xStep; at += pixel) {
      PREFETCH(x + ahead - r * rowLength + at);
    }
  }
  for (int t = firstT; t < endT; t++) {
    global const float* xs = x + t * xRow + firstU * xTap;
    global const float* ws = weight + t * weightRow + firstU * weightTap;
    for (int u = firstU; u < endU; u++) {
      const FLOATV wv = whole ? LOADV(ws) : load_part(ws, lanes);
#pragma unroll
      for (int m = 0; m < count; m++) {
        sum[m] = fma(whole ? LOADV(xs + m * xStep) : load_part(xs + m * xStep, lanes), wv, sum[m]);
      }
      xs += xTap;
      ws += weightTap;
    }
  }
#pragma unroll
  for (int m = 0; m < count; m++) {
    const FLOATV value = activate_vector(sum[m], alpha);
    put_part(value, y + m * yStep, whole ? VECTOR : lanes, stream);
  }
}

// With the names of the function below: each count and each whole is a loop of its own.
#define SUM_PIXELS(count, whole)                                                                           \
  sum_pixels(count, whole, lanes, from, xRow, xTap, xStep, ahead, down.inputStep, xColumns * C, C, ws + c, \
             weightRow, weightTap, start, to, yStep, firstT, endT, firstU, endU, stream, alpha)

// The first i from 0 on with base + i step >= 0.
inline int first_inside(const int base, const int step) {
  return base >= 0 ? 0 : (-base + step - 1) / step;
}

// The end of those i from 0 on with base + i step < length.
inline int end_inside(const int base, const int step, const int length) {
  return base >= length ? 0 : (length - base + step - 1) / step;
}

// The same where the step may be negative, within 0 to count: the taps that see the image.
inline int first_tap(const int base, const int step, const int length, const int count) {
  return min(count, step > 0 ? first_inside(base, step) : first_inside(length - 1 - base, -step));
}
inline int end_tap(const int base, const int step, const int length, const int count) {
  return min(count, step > 0 ? end_inside(base, step, length) : end_inside(length - 1 - base, -step, length));
}

// Output row n,i of a correlation.
static inline __attribute__((always_inline)) void correlate_row(
    global const float* x,       // (N,xRows,xColumns,C) read
    global const float* weight,  // (R,S,C) read
    global const float* bias,    // (C) read, or null
    global float* y,             // (N,yRows,yColumns,C) overwritten, the pixels of the row
    const int n,
    const int i,
    const int C,
    const int S,
    const int xRows,
    const int xColumns,
    const int yRows,
    const int yColumns,
    const Axis down,
    const Axis across,
    const int stream,  // whether y is too large for the caches
    const float alpha) {
  const int h = i * down.inputStep + down.inputStart;
  const int firstT = first_tap(h, down.inputTap, xRows, down.taps);
  const int endT = end_tap(h, down.inputTap, xRows, down.taps);
  global const float* row = x + (((long)n * xRows + h) * xColumns + across.inputStart) * C;
  global const float* ws = weight + (down.first * S + across.first) * C;
  global float* ys = y + (((long)n * yRows + down.start + i * down.step) * yColumns + across.start) * C;
  const int xRow = down.inputTap * xColumns * C;
  const int xTap = across.inputTap * C;
  const int xStep = across.inputStep * C;
  const int ahead = max(0, (down.taps - 1) * xRow) + down.inputStep * xColumns * C;
  const int yStep = across.step * C;
  const int weightRow = down.filterStep * S * C;
  const int weightTap = across.filterStep * C;
  // Pixels all of whose taps see the image.
  const int reach = (across.taps - 1) * across.inputTap;
  const int begin = min(across.count, first_inside(across.inputStart + min(0, reach), across.inputStep));
  const int inside = end_inside(across.inputStart + max(0, reach), across.inputStep, xColumns);
  const int end = max(begin, min(across.count, inside));
  for (int j = 0; j < across.count;) {
    const bool inner = j >= begin && j + PIXELS <= end;
    const int w = j * across.inputStep + across.inputStart;
    const int firstU = inner ? 0 : first_tap(w, across.inputTap, xColumns, across.taps);
    const int endU = inner ? across.taps : end_tap(w, across.inputTap, xColumns, across.taps);
    for (int c = 0; c < C; c += VECTOR) {
      const int lanes = C - c;
      const FLOATV start = bias ? load_part(bias + c, lanes) : (FLOATV)(0.0f);
      global const float* from = row + j * xStep + c;
      global float* to = ys + j * yStep + c;
      const bool whole = lanes >= VECTOR;
      if (inner && whole) {
        SUM_PIXELS(PIXELS, true);
      } else if (inner) {
        SUM_PIXELS(PIXELS, false);
      } else if (whole) {
        SUM_PIXELS(1, true);
      } else {
        SUM_PIXELS(1, false);
      }
    }
    j += inner ? PIXELS : 1;
  }
}

// get_global_id(0): row n,p of y.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_depthwise_rows(
    global const float* restrict x,       // (N,H,W,C) read
    global const float* restrict weight,  // (R,S,C) read
    global const float* restrict bias,    // (C) read, or null
    global float* restrict y,             // (N,P,Q,C) overwritten
    CONVOLUTION_SIZES,
    const int stream,  // whether y is too large for the caches
    const float alpha) {
  const int n = (int)get_global_id(0) / P;
  const int p = (int)get_global_id(0) - n * P;
  const Axis down = forward_axis(P, R, strideH, padH, dilationH);
  const Axis across = forward_axis(Q, S, strideW, padW, dilationW);
  correlate_row(x, weight, bias, y, n, p, C, S, H, W, P, Q, down, across, stream, alpha);
}

#if ACTIVATION == ACTIVATION_IDENTITY  // A gradient has no activation of its own.

// All pixels of a row of dx, which are as many correlations as there are remainders by the stride.
// get_global_id(0): row n,h of dx.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_depthwise_rows_backward_data(
    global const float* restrict dy,      // (N,P,Q,C) read
    global const float* restrict weight,  // (R,S,C) read
    global float* restrict dx,            // (N,H,W,C) overwritten
    CONVOLUTION_SIZES,
    const int stream) {  // whether dx is too large for the caches
  const int n = (int)get_global_id(0) / H;
  const int h = (int)get_global_id(0) - n * H;
  const Axis down = backward_axis(h % strideH, H, R, strideH, padH, dilationH);
  for (int remainder = 0; remainder < min(strideW, W); remainder++) {
    const Axis across = backward_axis(remainder, W, S, strideW, padW, dilationW);
    correlate_row(dy, weight, 0, dx, n, h / strideH, C, S, P, Q, H, W, down, across, stream, 0.0f);
  }
}

#endif

// Filter elements that a work-item of backward-weight sums at a time, in registers: all of 3x3.
#define TAPS 9

// Adds what one row of dy gives to the gradients of count filter elements and lanes channels, at `to`, C floats apart.
// Element k reads x down[k] rows and across[k] columns from where a pixel begins. From pixel `from` to before `until`
// all of them are inside the image; at the other pixels each is asked.
static inline __attribute__((always_inline)) void add_row(
    global const float* x,   // (H,W,C) read, from a channel on
    global const float* dy,  // (Q,C) read, from the same channel on
    global float* to,        // (count,C) added to, from the same channel on
    const int lanes,
    const int count,
    const int* down,
    const int* across,
    const int from,
    const int until,
    const int C,
    const int H,
    const int W,
    const int Q,
    const int strideH,
    const int strideW) {
  FLOATV sum[TAPS];
  global const float* at[TAPS];
#pragma unroll
  for (int k = 0; k < TAPS; k++) {
    sum[k] = load_part(to + k * C, k < count ? lanes : 0);
    at[k] = x + (down[k] * W + across[k]) * C;
  }
  for (int q = 0; q < Q; q++) {
    const FLOATV gradient = load_part(dy + q * C, lanes);
    PREFETCH(dy + (Q + q) * C);
    if (q >= from && q < until) {
#pragma unroll
      for (int k = 0; k < TAPS; k++) {
        sum[k] = fma(load_part(at[k] + q * strideW * C, lanes), gradient, sum[k]);
      }
      // What the next row of dy will be the first to read.
      for (int r = 1; PREFETCHES && r <= strideH; r++) {
        for (int s = 0; s < strideW; s++) {
          PREFETCH(at[TAPS - 1] + (r * W + q * strideW + s) * C);
        }
      }
    } else {
#pragma unroll
      for (int k = 0; k < TAPS; k++) {
        const int w = q * strideW + across[k];
        if (down[k] >= 0 && down[k] < H && w >= 0 && w < W) {
          sum[k] = fma(load_part(at[k] + q * strideW * C, lanes), gradient, sum[k]);
        }
      }
    }
  }
#pragma unroll
  for (int k = 0; k < TAPS; k++) {
    store_part(sum[k], to + k * C, k < count ? lanes : 0);
  }
}

// parts[part,r,s,c] = sum over the output rows (n,p) of the part and all q of x[n,h,w,c] dy[n,p,q,c], in order, with
// h = p strideH - padH + r dilationH and w = q strideW - padW + s dilationW inside the image.
// get_global_id: 0 = TAPS filter elements r,s, 1 = part.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_depthwise_rows_backward_weight(
    global const float* restrict x,   // (N,H,W,C) read
    global const float* restrict dy,  // (N,P,Q,C) read
    global float* restrict parts,     // (parts,R,S,C) overwritten
    CONVOLUTION_SIZES,
    const int rowsPerPart) {
  const int first = (int)get_global_id(0) * TAPS;
  const int part = (int)get_global_id(1);
  const int count = min(TAPS, R * S - first);
  global float* to = parts + ((long)part * R * S + first) * C;
  int across[TAPS];
  int from = 0;
  int until = Q;
#pragma unroll
  for (int k = 0; k < TAPS; k++) {
    // Behind the last element comes the last again, which is not stored.
    across[k] = (first + min(k, count - 1)) % S * dilationW - padW;
    from = max(from, (max(0, -across[k]) + strideW - 1) / strideW);
    until = min(until, (max(0, W - across[k]) + strideW - 1) / strideW);
  }
  for (int i = 0; i < count * C; i += VECTOR) {
    store_part((FLOATV)(0.0f), to + i, count * C - i);
  }
  const int end = min(N * P, (part + 1) * rowsPerPart);
  for (int row = part * rowsPerPart; row < end; row++) {
    const int n = row / P;
    int down[TAPS];
    int inside = 1;
#pragma unroll
    for (int k = 0; k < TAPS; k++) {
      down[k] = (row - n * P) * strideH - padH + (first + min(k, count - 1)) / S * dilationH;
      inside &= down[k] >= 0 && down[k] < H;
    }
    global const float* image = x + (long)n * H * W * C;
    global const float* gradients = dy + (long)row * Q * C;
    const int stop = inside ? until : 0;
    int c = 0;
    for (; c + VECTOR <= C; c += VECTOR) {
      add_row(image + c, gradients + c, to + c, VECTOR, count, down, across, from, stop, C, H, W, Q, strideH, strideW);
    }
    if (c < C) {
      add_row(image + c, gradients + c, to + c, C - c, count, down, across, from, stop, C, H, W, Q, strideH, strideW);
    }
  }
}

// dweight[i] = sum over parts of parts[part,i], in order. get_global_id: 0 = vector of elements.
kernel void convolution_depthwise_rows_sum(
    global const float* parts,  // (parts,size) read
    global float* dweight,      // (size) overwritten
    const int size,
    const int count) {
  const int i = (int)get_global_id(0) * VECTOR;
  const int lanes = min(VECTOR, size - i);
  FLOATV sum = load_part(parts + i, lanes);
  for (int part = 1; part < count; part++) {
    sum += load_part(parts + (long)part * size + i, lanes);
  }
  store_part(sum, dweight + i, lanes);
}
