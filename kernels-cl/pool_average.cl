// Average pooling over windows of R rows and S columns, forward and backward, images as NHWC.
//   y[n,p,q,c] = the sum over r (of the sums over s) of x[n, p strideH - padH + r, q strideW - padW + s, c]
//                / divisor(p,q)
// Backward gathers: a pixel of dx sums what the windows that cover it give, in the order of p and then q. Windows that
// lie side by side write their own pixels instead.

#include "pool.clh"

// How many positions of window o an average counts.
static inline int counted(int o, int length, int size, int stride, int pad, int counted_pad) {
  const int start = o * stride - pad;
  return min(start + size, length + counted_pad) - max(start, -counted_pad);
}

// scale times the sum over the rows of the sums over the columns of a window, of which x is the first pixel; ahead as
// AHEAD.
INLINED void mean_of_window(
    global const float* x,
    global float* y,
    const int rows, const int columns, const int rowStep, const int columnStep, const int ahead, const float scale,
    const int vectors, const int stream) {
  floats sum[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    sum[v] = 0.0f;
  }
  for (int r = 0; r < rows; r++) {
    floats part[VECTORS];
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      part[v] = 0.0f;
    }
    for (int s = 0; s < columns; s++) {
#pragma unroll
      for (int v = 0; v < vectors; v++) {
        global const float* from = x + r * rowStep + s * columnStep + v * VECTOR;
        part[v] += LOAD(from);
        PREFETCH(from + ahead);
      }
    }
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      sum[v] += part[v];
    }
  }
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    put(sum[v] * scale, y + v * VECTOR, stream);
  }
}

kernel void pool_average_forward(
    global const float* x,  // (N,H,W,C) read
    global float* y,        // (N,P,Q,C) overwritten
    POOL_SIZES, const int countIncludePad) {
  const int channelEnd = BLOCK_END(0, channelBlock, C);
  for (int row = get_global_id(2); row < rows; row += get_global_size(2)) {
    const int n = row / P;
    const int p = row - n * P;
    const int hBegin = max(p * strideH - padH, 0);
    const int hEnd = min(p * strideH - padH + R, H);
    const int counted_rows = counted(p, H, R, strideH, padH, countIncludePad ? padH : 0);
    global const float* image = x + n * H * W * C;
    for (int q = BLOCK_BEGIN(1, columnBlock); q < BLOCK_END(1, columnBlock, Q); q++) {
      const int wBegin = max(q * strideW - padW, 0);
      const int wEnd = min(q * strideW - padW + S, W);
      const float scale =
          1.0f / (counted_rows * counted(q, W, S, strideW, padW, countIncludePad ? padW : 0));
      global const float* first = image + (hBegin * W + wBegin) * C;
      global float* to = y + (row * Q + q) * C;
#if WINDOW
      if (hEnd - hBegin == WINDOW && wEnd - wBegin == WINDOW) {
        FOR_CHANNELS(mean_of_window(first + c, to + c, WINDOW, WINDOW, W * C, C, AHEAD, scale, vectors, stream))
        continue;
      }
#endif
      FOR_CHANNELS(mean_of_window(first + c, to + c, hEnd - hBegin, wEnd - wBegin, W * C, C, AHEAD, scale,
                                  vectors, stream))
    }
  }
}

// As gradient_of_max(); a window shares its gradient among the positions that it counts.
INLINED void gradient_of_mean(
    global const float* dy,
    global float* dx,
    const int pBegin, const int pEnd, const int qBegin, const int qEnd, const int H, const int W,
    const int R, const int S, const int strideH, const int strideW, const int padH, const int padW,
    const int countedPadH, const int countedPadW, const int rowStep, const int columnStep,
    const int vectors, const int stream) {
  floats sum[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    sum[v] = 0.0f;
  }
  for (int p = pBegin; p < pEnd; p++) {
    const int counted_rows = counted(p, H, R, strideH, padH, countedPadH);
    for (int q = qBegin; q < qEnd; q++) {
      const float share = 1.0f / (counted_rows * counted(q, W, S, strideW, padW, countedPadW));
#pragma unroll
      for (int v = 0; v < vectors; v++) {
        sum[v] += LOAD(dy + p * rowStep + q * columnStep + v * VECTOR) * share;
      }
    }
  }
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    put(sum[v], dx + v * VECTOR, stream);
  }
}

kernel void pool_average_backward(
    global const float* dy,  // (N,P,Q,C) read
    global float* dx,        // (N,H,W,C) overwritten
    POOL_SIZES, const int countIncludePad) {
  const int channelEnd = BLOCK_END(0, channelBlock, C);
  for (int row = get_global_id(2); row < rows; row += get_global_size(2)) {
    const int n = row / H;
    const int h = row - n * H + padH;
    const int pBegin = first_window(h, R, strideH);
    const int pEnd = end_window(h, P, strideH);
    const int image = n * P * Q * C;
    const int columns = BLOCK_END(1, columnBlock, W);
    int qBegin = first_window(BLOCK_BEGIN(1, columnBlock) + padW, S, strideW);
    int qEnd = end_window(BLOCK_BEGIN(1, columnBlock) + padW, Q, strideW);
    for (int column = BLOCK_BEGIN(1, columnBlock); column < columns; column++) {
      const int w = column + padW;
      qBegin += qBegin * strideW + S <= w;
      qEnd += qEnd < Q && qEnd * strideW <= w;
      FOR_CHANNELS(gradient_of_mean(dy + image + c, dx + (row * W + column) * C + c, pBegin, pEnd, qBegin, qEnd, H, W,
                                    R, S, strideH, strideW, padH, padW, countIncludePad ? padH : 0,
                                    countIncludePad ? padW : 0, Q * C, C, vectors, stream))
    }
  }
}

// share of the gradient of a window for each of its R x S pixels, of so many rows and columns that it writes.
INLINED void share_in_window(
    global const float* dy,
    global float* dx,
    const int rows, const int columns, const int R, const int S, const int rowStep, const int columnStep,
    const float share, const int vectors, const int stream) {
  floats gradient[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    gradient[v] = LOAD(dy + v * VECTOR) * share;
  }
  for (int r = 0; r < rows; r++) {
    for (int s = 0; s < columns; s++) {
#pragma unroll
      for (int v = 0; v < vectors; v++) {
        put(r < R && s < S ? gradient[v] : (floats)0.0f, dx + r * rowStep + s * columnStep + v * VECTOR, stream);
      }
    }
  }
}

#define SHARE_IN_WINDOW(rows, columns, R, S) \
  share_in_window(from + c, corner + c, rows, columns, R, S, W * C, C, share, vectors, stream)

// pool_average_backward where the stride is R and S and nothing is padded. The last windows may stick out, or leave
// pixels behind them, to which they give nothing.
kernel void pool_average_backward_apart(
    global const float* dy,  // (N,P,Q,C) read
    global float* dx,        // (N,H,W,C) overwritten
    POOL_SIZES) {
  FOR_WINDOWS_APART(const float share = 1.0f / (min(height, R) * min(width, S));
                    global const float* from = dy + (row * Q + q) * C, SHARE_IN_WINDOW)
}
