// Pooling over windows of R rows and S columns, forward and backward, images as NHWC.
//   maximum  y[n,p,q,c] = max over r,s of x[n, p strideH - padH + r, q strideW - padW + s, c]; at keeps r S + s.
//   mean     y[n,p,q,c] = the sum over r (of the sums over s) / divisor(p,q)
// Backward gathers: a pixel of dx sums what the windows that cover it give, in the order of p and then q.
//
// One work-item: a block of channels x a block of columns of one row of the tensor that is written; ids as in
// channels.clh. Neighbouring work-items of dimension 0 hold neighbouring channels. Groups share nothing.

#include "channels.clh"

// The type of a position in a window: uchar, or ushort where a window has more than 256.
#ifndef POSITION
#define POSITION uchar
#endif

typedef OF_WIDTH(POSITION) positions;
#define TO_POSITIONS JOIN(convert_, OF_WIDTH(POSITION))
#define TO_INTS JOIN(convert_, OF_WIDTH(int))

// Where windows begin to cover pixel i of a padded axis, and how many positions of window o an average counts.
static inline int first_window(int padded, int size, int stride) {
  return padded < size ? 0 : (padded - size) / stride + 1;
}

static inline int counted(int o, int length, int size, int stride, int pad, int counted_pad) {
  const int start = o * stride - pad;
  return min(start + size, length + counted_pad) - max(start, -counted_pad);
}

kernel void pool_max_forward(
    global const float* x,  // (N,H,W,C) read
    global float* y,        // (N,P,Q,C) overwritten
    global POSITION* at,    // (N,P,Q,C) overwritten; may be null
    const int C, const int H, const int W, const int P, const int Q,
    const int R, const int S, const int strideH, const int strideW, const int padH, const int padW,
    const int rows, const int columnBlock, const int channelBlock) {
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
      for (int c = BLOCK_BEGIN(0, channelBlock); c < BLOCK_END(0, channelBlock, C); c += VECTOR) {
        floats largest = LOAD(image + ((top + rBegin) * W + left + sBegin) * C + c);
        ints found = rBegin * S + sBegin;
        for (int r = rBegin; r < rEnd; r++) {
          for (int s = sBegin; s < sEnd; s++) {
            const floats value = LOAD(image + ((top + r) * W + left + s) * C + c);
            const ints better = (value > largest) | (value != value);
            largest = select(largest, value, better);
            found = select(found, (ints)(r * S + s), better);
          }
        }
        const int out = (row * Q + q) * C + c;
        STORE(largest, y + out);
        if (at != 0) {
          STORE(TO_POSITIONS(found), at + out);
        }
      }
    }
  }
}

kernel void pool_max_backward(
    global const float* dy,    // (N,P,Q,C) read
    global const POSITION* at, // (N,P,Q,C) read
    global float* dx,          // (N,H,W,C) overwritten
    const int C, const int H, const int W, const int P, const int Q,
    const int R, const int S, const int strideH, const int strideW, const int padH, const int padW,
    const int rows, const int columnBlock, const int channelBlock) {
  for (int row = get_global_id(2); row < rows; row += get_global_size(2)) {
    const int n = row / H;
    const int h = row - n * H + padH;
    const int pBegin = first_window(h, R, strideH);
    const int pEnd = min(h / strideH + 1, P);
    const int image = n * P * Q * C;
    for (int column = BLOCK_BEGIN(1, columnBlock); column < BLOCK_END(1, columnBlock, W); column++) {
      const int w = column + padW;
      const int qBegin = first_window(w, S, strideW);
      const int qEnd = min(w / strideW + 1, Q);
      for (int c = BLOCK_BEGIN(0, channelBlock); c < BLOCK_END(0, channelBlock, C); c += VECTOR) {
        floats sum = 0.0f;
        for (int p = pBegin; p < pEnd; p++) {
          for (int q = qBegin; q < qEnd; q++) {
            const int out = image + (p * Q + q) * C + c;
            const ints here = (h - p * strideH) * S + w - q * strideW;
            sum += select((floats)0.0f, LOAD(dy + out), TO_INTS(LOAD(at + out)) == here);
          }
        }
        STORE(sum, dx + (row * W + column) * C + c);
      }
    }
  }
}

kernel void pool_average_forward(
    global const float* x,  // (N,H,W,C) read
    global float* y,        // (N,P,Q,C) overwritten
    const int C, const int H, const int W, const int P, const int Q,
    const int R, const int S, const int strideH, const int strideW, const int padH, const int padW,
    const int rows, const int columnBlock, const int channelBlock, const int countIncludePad) {
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
      for (int c = BLOCK_BEGIN(0, channelBlock); c < BLOCK_END(0, channelBlock, C); c += VECTOR) {
        floats sum = 0.0f;
        for (int h = hBegin; h < hEnd; h++) {
          floats part = 0.0f;
          for (int w = wBegin; w < wEnd; w++) {
            part += LOAD(image + (h * W + w) * C + c);
          }
          sum += part;
        }
        STORE(sum * scale, y + (row * Q + q) * C + c);
      }
    }
  }
}

kernel void pool_average_backward(
    global const float* dy,  // (N,P,Q,C) read
    global float* dx,        // (N,H,W,C) overwritten
    const int C, const int H, const int W, const int P, const int Q,
    const int R, const int S, const int strideH, const int strideW, const int padH, const int padW,
    const int rows, const int columnBlock, const int channelBlock, const int countIncludePad) {
  for (int row = get_global_id(2); row < rows; row += get_global_size(2)) {
    const int n = row / H;
    const int h = row - n * H + padH;
    const int pBegin = first_window(h, R, strideH);
    const int pEnd = min(h / strideH + 1, P);
    global const float* image = dy + n * P * Q * C;
    for (int column = BLOCK_BEGIN(1, columnBlock); column < BLOCK_END(1, columnBlock, W); column++) {
      const int w = column + padW;
      const int qBegin = first_window(w, S, strideW);
      const int qEnd = min(w / strideW + 1, Q);
      for (int c = BLOCK_BEGIN(0, channelBlock); c < BLOCK_END(0, channelBlock, C); c += VECTOR) {
        floats sum = 0.0f;
        for (int p = pBegin; p < pEnd; p++) {
          const int counted_rows = counted(p, H, R, strideH, padH, countIncludePad ? padH : 0);
          for (int q = qBegin; q < qEnd; q++) {
            const int counted_columns = counted(q, W, S, strideW, padW, countIncludePad ? padW : 0);
            sum += LOAD(image + (p * Q + q) * C + c) * (1.0f / (counted_rows * counted_columns));
          }
        }
        STORE(sum, dx + (row * W + column) * C + c);
      }
    }
  }
}
