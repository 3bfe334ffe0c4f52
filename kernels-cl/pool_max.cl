// Maximum pooling over windows of R rows and S columns, forward and backward, images as NHWC.
//   y[n,p,q,c] = max over r,s of x[n, p strideH - padH + r, q strideW - padW + s, c]; at keeps r S + s.
// Backward gathers: a pixel of dx sums what the windows that cover it give, in the order of p and then q. Windows that
// lie side by side write their own pixels instead.

#include "pool.clh"
#include "positions.clh"

// The window of rows and columns [begin, end), x being where r, s and c are 0; ahead as AHEAD.
INLINED void max_of_window(
    global const float* x,
    global float* y,
    global POSITION* at,
    const int rBegin, const int rEnd, const int sBegin, const int sEnd, const int S,
    const int rowStep, const int columnStep, const int ahead, const int vectors, const int stream) {
  floats largest[VECTORS];
  ints found[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    largest[v] = LOAD(x + rBegin * rowStep + sBegin * columnStep + v * VECTOR);
    found[v] = rBegin * S + sBegin;
  }
  for (int r = rBegin; r < rEnd; r++) {
    for (int s = sBegin; s < sEnd; s++) {
      const ints here = r * S + s;
#pragma unroll
      for (int v = 0; v < vectors; v++) {
        global const float* from = x + r * rowStep + s * columnStep + v * VECTOR;
        const floats value = LOAD(from);
        PREFETCH(from + ahead);
        const ints better = (value > largest[v]) | (value != value);
        largest[v] = select(largest[v], value, better);
        found[v] = select(found[v], here, better);
      }
    }
  }
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    put(largest[v], y + v * VECTOR, stream);
    if (at != 0) {
      STORE_POSITIONS(TO_POSITIONS(found[v]), at + v * VECTOR);
    }
  }
}

kernel void pool_max_forward(
    global const float* x,  // (N,H,W,C) read
    global float* y,        // (N,P,Q,C) overwritten
    global POSITION* at,    // (N,P,Q,C) overwritten; may be null
    POOL_SIZES) {
  const int channelEnd = BLOCK_END(0, channelBlock, C);
  for (int row = get_global_id(2); row < rows; row += get_global_size(2)) {
    const int n = row / P;
    const int top = (row - n * P) * strideH - padH;
    const int rBegin = max(-top, 0);
    const int rEnd = min(R, H - top);
    global const float* image = x + n * H * W * C;
    for (int q = BLOCK_BEGIN(1, columnBlock); q < BLOCK_END(1, columnBlock, Q); q++) {
      const int left = q * strideW - padW;
      const int sBegin = max(-left, 0);
      const int sEnd = min(S, W - left);
      const int out = (row * Q + q) * C;
#if WINDOW
      if (rEnd - rBegin == WINDOW && sEnd - sBegin == WINDOW) {
        FOR_CHANNELS(max_of_window(image + (top * W + left) * C + c, y + out + c, at == 0 ? 0 : at + out + c, 0, WINDOW,
                                   0, WINDOW, WINDOW, W * C, C, AHEAD, vectors, stream))
        continue;
      }
#endif
      FOR_CHANNELS(max_of_window(image + (top * W + left) * C + c, y + out + c, at == 0 ? 0 : at + out + c, rBegin,
                                 rEnd, sBegin, sEnd, S, W * C, C, AHEAD, vectors, stream))
    }
  }
}

// The gradient of the pixel (h,w) of a padded image, of whose windows those from p and q on cover it.
INLINED void gradient_of_max(
    global const float* dy,
    global const POSITION* at,
    global float* dx,
    const int pBegin, const int pEnd, const int qBegin, const int qEnd, const int h, const int w,
    const int S, const int strideH, const int strideW, const int rowStep, const int columnStep,
    const int vectors, const int stream) {
  floats sum[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    sum[v] = 0.0f;
  }
  for (int p = pBegin; p < pEnd; p++) {
    for (int q = qBegin; q < qEnd; q++) {
      const ints here = (h - p * strideH) * S + w - q * strideW;
#pragma unroll
      for (int v = 0; v < vectors; v++) {
        const int out = p * rowStep + q * columnStep + v * VECTOR;
        sum[v] += select((floats)0.0f, LOAD(dy + out), TO_INTS(LOAD_POSITIONS(at + out)) == here);
      }
    }
  }
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    put(sum[v], dx + v * VECTOR, stream);
  }
}

kernel void pool_max_backward(
    global const float* dy,    // (N,P,Q,C) read
    global const POSITION* at, // (N,P,Q,C) read
    global float* dx,          // (N,H,W,C) overwritten
    POOL_SIZES) {
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
      FOR_CHANNELS(gradient_of_max(dy + image + c, at + image + c, dx + (row * W + column) * C + c, pBegin, pEnd,
                                   qBegin, qEnd, h, w, S, strideH, strideW, Q * C, C, vectors, stream))
    }
  }
}

// The gradients of a window that has its pixels to itself: rows and columns of them, the last windows' with what lies
// behind.
INLINED void gradients_of_window(
    global const float* dy,
    global const POSITION* at,
    global float* dx,
    const int rows, const int columns, const int R, const int S, const int rowStep, const int columnStep,
    const int vectors, const int stream) {
  floats gradient[VECTORS];
  ints found[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    gradient[v] = LOAD(dy + v * VECTOR);
    found[v] = TO_INTS(LOAD_POSITIONS(at + v * VECTOR));
  }
  for (int r = 0; r < rows; r++) {
    for (int s = 0; s < columns; s++) {
      const ints here = r < R && s < S ? r * S + s : -1;
#pragma unroll
      for (int v = 0; v < vectors; v++) {
        const floats value = select((floats)0.0f, gradient[v], found[v] == here);
        put(value, dx + r * rowStep + s * columnStep + v * VECTOR, stream);
      }
    }
  }
}

#define GRADIENTS_OF_WINDOW(rows, columns, R, S) \
  gradients_of_window(dy + out + c, at + out + c, corner + c, rows, columns, R, S, W * C, C, vectors, stream)

// pool_max_backward where the stride is R and S and nothing is padded.
kernel void pool_max_backward_apart(
    global const float* dy,    // (N,P,Q,C) read
    global const POSITION* at, // (N,P,Q,C) read
    global float* dx,          // (N,H,W,C) overwritten
    POOL_SIZES) {
  FOR_WINDOWS_APART(const int out = (row * Q + q) * C, GRADIENTS_OF_WINDOW)
}
