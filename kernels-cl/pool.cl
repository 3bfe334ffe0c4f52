// Pooling over windows of R rows and S columns, forward and backward, images as NHWC.
//   maximum  y[n,p,q,c] = max over r,s of x[n, p strideH - padH + r, q strideW - padW + s, c]; at keeps r S + s.
//   mean     y[n,p,q,c] = the sum over r (of the sums over s) / divisor(p,q)
// Backward gathers: a pixel of dx sums what the windows that cover it give, in the order of p and then q.
//
// One work-item: a block of channels x a block of columns of one row of the tensor that is written; ids as in
// channels.clh. Neighbouring work-items of dimension 0 hold neighbouring channels. Groups share nothing. VECTORS vectors
// are done at a time, on CPU drivers so many that runs of memory are read.

#include "channels.clh"

#if VECTOR == 16
#define VECTORS 4
#else
#define VECTORS 1
#endif

#define INLINED static inline __attribute__((always_inline))

// Runs CALL for the channels of a work-item: c is the first of so many vectors, a constant number while there are VECTORS.
#define FOR_CHANNELS(CALL)                                                    \
  for (int c = BLOCK_BEGIN(0, channelBlock); c < channelEnd;) {               \
    if (c + VECTORS * VECTOR <= channelEnd) {                                 \
      const int vectors = VECTORS;                                            \
      CALL;                                                                   \
      c += VECTORS * VECTOR;                                                  \
    } else {                                                                  \
      const int vectors = 1;                                                  \
      CALL;                                                                   \
      c += VECTOR;                                                            \
    }                                                                         \
  }

INLINED void put(const floats value, global float* to, const int stream) {
  if (stream) {
    STREAM(value, to);
  } else {
    STORE(value, to);
  }
}

// The type of a position in a window: uchar, or ushort where a window has more than 256.
#ifndef POSITION
#define POSITION uchar
#endif

typedef OF_WIDTH(POSITION) positions;
#if VECTOR != 1 && defined(__has_builtin)
#if __has_builtin(__builtin_convertvector)
#define TO_POSITIONS(v) __builtin_convertvector(v, positions)
#define TO_INTS(v) __builtin_convertvector(v, ints)
#endif
#endif
#ifndef TO_INTS
#define TO_POSITIONS JOIN(convert_, OF_WIDTH(POSITION))
#define TO_INTS JOIN(convert_, OF_WIDTH(int))
#endif
// PoCL loads and stores vectors of bytes by vload and vstore one by one, but not those of a type that lies anywhere.
typedef positions positions_anywhere __attribute__((aligned(sizeof(POSITION))));
#define LOAD_POSITIONS(p) (*(global const positions_anywhere*)(p))
#define STORE_POSITIONS(v, p) (*(global positions_anywhere*)(p) = (v))

// The windows that cover a pixel of a padded axis: those from the first to before the end. As the pixel goes on, so do both.
static inline int first_window(int padded, int size, int stride) {
  return padded < size ? 0 : (padded - size) / stride + 1;
}

static inline int end_window(int padded, int count, int stride) {
  return min(padded / stride + 1, count);
}

// How many positions of window o an average counts.
static inline int counted(int o, int length, int size, int stride, int pad, int counted_pad) {
  const int start = o * stride - pad;
  return min(start + size, length + counted_pad) - max(start, -counted_pad);
}

// The window of rows and columns [begin, end), x being where r, s and c are 0.
INLINED void max_of_window(
    global const float* x,
    global float* y,
    global POSITION* at,
    const int rBegin, const int rEnd, const int sBegin, const int sEnd, const int S,
    const int rowStep, const int columnStep, const int vectors, const int stream) {
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
        const floats value = LOAD(x + r * rowStep + s * columnStep + v * VECTOR);
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
    const int C, const int H, const int W, const int P, const int Q,
    const int R, const int S, const int strideH, const int strideW, const int padH, const int padW,
    const int rows, const int columnBlock, const int channelBlock, const int stream) {
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
      FOR_CHANNELS(max_of_window(image + (top * W + left) * C + c, y + out + c, at == 0 ? 0 : at + out + c, rBegin, rEnd,
                                 sBegin, sEnd, S, W * C, C, vectors, stream))
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
    const int C, const int H, const int W, const int P, const int Q,
    const int R, const int S, const int strideH, const int strideW, const int padH, const int padW,
    const int rows, const int columnBlock, const int channelBlock, const int stream) {
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
      FOR_CHANNELS(gradient_of_max(dy + image + c, at + image + c, dx + (row * W + column) * C + c, pBegin, pEnd, qBegin,
                                   qEnd, h, w, S, strideH, strideW, Q * C, C, vectors, stream))
    }
  }
}

// scale times the sum over the rows of the sums over the columns of a window, of which x is the first pixel.
INLINED void mean_of_window(
    global const float* x,
    global float* y,
    const int rows, const int columns, const int rowStep, const int columnStep, const float scale,
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
        part[v] += LOAD(x + r * rowStep + s * columnStep + v * VECTOR);
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
    const int C, const int H, const int W, const int P, const int Q,
    const int R, const int S, const int strideH, const int strideW, const int padH, const int padW,
    const int rows, const int columnBlock, const int channelBlock, const int stream, const int countIncludePad) {
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
      FOR_CHANNELS(mean_of_window(image + (hBegin * W + wBegin) * C + c, y + (row * Q + q) * C + c, hEnd - hBegin,
                                  wEnd - wBegin, W * C, C, scale, vectors, stream))
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
    const int C, const int H, const int W, const int P, const int Q,
    const int R, const int S, const int strideH, const int strideW, const int padH, const int padW,
    const int rows, const int columnBlock, const int channelBlock, const int stream, const int countIncludePad) {
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
      FOR_CHANNELS(gradient_of_mean(dy + image + c, dx + (row * W + column) * C + c, pBegin, pEnd, qBegin, qEnd, H, W, R,
                                    S, strideH, strideW, padH, padW, countIncludePad ? padH : 0,
                                    countIncludePad ? padW : 0, Q * C, C, vectors, stream))
    }
  }
}
