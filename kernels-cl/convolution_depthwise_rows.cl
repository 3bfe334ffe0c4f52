// Depthwise convolution (groups = C = K) for CPU drivers: whole rows at a time, so that every access is a run of memory
// and the row being summed stays in the first-level cache. One work-item a group.
//
// Forward and backward-data are one correlation, as in convolution_blocked.cl: for output row i and pixels j of a grid
//   y[n, yH + i yStepH, yW + j yStepW, c] =
//       f(bias[c] + sum over t,u of x[n, i xStepH + xH + t tapH, j xStepW + xW + u tapW, c] weight[r,s,c])
// with r = firstR + t stepR, s = firstS + u stepS, and elements outside x left out. Sums run over t, u in order.

#include "vector.clh"
#include "activation.clh"

// to[c] += a[c] b[c]
inline void add_product(global float* to, global const float* a, global const float* b, const int C) {
  int c = 0;
  for (; c + VECTOR <= C; c += VECTOR) {
    STOREV(fma(LOADV(a + c), LOADV(b + c), LOADV(to + c)), to + c);
  }
  for (; c < C; c++) {
    to[c] = fma(a[c], b[c], to[c]);
  }
}

// get_global_id(0): output row n,i of the grid.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_depthwise_rows(
    global const float* restrict x,       // (N,xRows,xColumns,C) read
    global const float* restrict weight,  // (R,S,C) read
    global const float* restrict bias,    // (C) read, or null
    global float* restrict y,             // (N,yRows,yColumns,C) overwritten, the pixels of the grid
    const int N,
    const int C,
    const int one,      // channels of a group of x
    const int filters,  // filters of a group
    const int gridH,
    const int gridW,
    const int xRows,
    const int xColumns,
    const int xStepH,
    const int xStepW,
    const int xH,
    const int xW,
    const int yRows,
    const int yColumns,
    const int yStepH,
    const int yStepW,
    const int yH,
    const int yW,
    const int tapsR,
    const int tapsS,
    const int tapH,
    const int tapW,
    const int firstR,
    const int firstS,
    const int stepR,
    const int stepS,
    const int S,
    const float alpha) {
  const int n = (int)get_global_id(0) / gridH;
  const int i = (int)get_global_id(0) - n * gridH;
  global float* ys = y + (((long)n * yRows + yH + i * yStepH) * yColumns + yW) * C;
  const int step = yStepW * C;
  for (int j = 0; j < gridW; j++) {
    for (int c = 0; c < C; c += VECTOR) {
      store_part(bias ? load_part(bias + c, C - c) : (FLOATV)(0.0f), ys + j * step + c, C - c);
    }
  }
  for (int t = 0; t < tapsR; t++) {
    const int row = i * xStepH + xH + t * tapH;
    if (row < 0 || row >= xRows) {
      continue;
    }
    for (int u = 0; u < tapsS; u++) {
      const int left = xW + u * tapW;
      const int begin = left >= 0 ? 0 : (-left + xStepW - 1) / xStepW;
      const int end = xColumns <= left ? 0 : min(gridW, (xColumns - left + xStepW - 1) / xStepW);
      global const float* ws = weight + ((firstR + t * stepR) * S + firstS + u * stepS) * C;
      global const float* xs = x + (((long)n * xRows + row) * xColumns + left) * C;
      for (int j = begin; j < end; j++) {
        add_product(ys + j * step, xs + j * xStepW * C, ws, C);
      }
    }
  }
#if ACTIVATION != ACTIVATION_IDENTITY
  for (int j = 0; j < gridW; j++) {
    for (int c = 0; c < C; c += VECTOR) {
      global float* at = ys + j * step + c;
      store_part(activate_vector(load_part(at, C - c), alpha), at, C - c);
    }
  }
#endif
}

// parts[part,r,s,c] = sum over the output rows (n,p) of the part and all q of x[n,h,w,c] dy[n,p,q,c], in order, with
// h = p strideH - padH + r dilationH and w = q strideW - padW + s dilationW inside the image.
// get_global_id: 0 = filter element r,s, 1 = part. Neighbours read the same rows, which then come from the cache.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_depthwise_rows_backward_weight(
    global const float* restrict x,   // (N,H,W,C) read
    global const float* restrict dy,  // (N,P,Q,C) read
    global float* restrict parts,     // (parts,R,S,C) overwritten
    const int C,
    const int H,
    const int W,
    const int S,
    const int taps,  // R S
    const int P,
    const int Q,
    const int strideH,
    const int strideW,
    const int padH,
    const int padW,
    const int dilationH,
    const int dilationW,
    const int rows,  // N P
    const int rowsPerPart) {
  const int tap = (int)get_global_id(0);
  const int part = (int)get_global_id(1);
  const int top = tap / S * dilationH - padH;
  const int left = tap % S * dilationW - padW;
  const int firstQ = left >= 0 ? 0 : (-left + strideW - 1) / strideW;
  const int endQ = W <= left ? 0 : min(Q, (W - left + strideW - 1) / strideW);
  global float* to = parts + ((long)part * taps + tap) * C;
  for (int c = 0; c < C; c += VECTOR) {
    store_part((FLOATV)(0.0f), to + c, C - c);
  }
  const int end = min(rows, (part + 1) * rowsPerPart);
  for (int row = part * rowsPerPart; row < end; row++) {
    const int n = row / P;
    const int h = (row - n * P) * strideH + top;
    if (h < 0 || h >= H) {
      continue;
    }
    for (int q = firstQ; q < endQ; q++) {
      add_product(
          to, x + (((long)n * H + h) * W + q * strideW + left) * C, dy + ((long)row * Q + q) * C, C);
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
