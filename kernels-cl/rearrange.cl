// Elements moved, not computed; images as NHWC, features as a row of channels.
//   channels  y[.., yFirst + c] = x[.., xFirst + c]
//   flatten   y[n, c H W + h W + w] = x[n,h,w,c], and back
//   pad       y[n,p,q,c] = x[n, source(p - top), source(q - left), c], or value on a constant border;
//             backward sums dy over the places that show a pixel, in the order of p and then q
//
// One work-item: a block of channels x a block of columns of one row of the tensor that is written (of x where images
// are flattened: a row is then an image and its columns are all its pixels); ids as in channels.clh. Groups share
// nothing.

#include "channels.clh"

// As in dev.gabor.backend.Padding.
#define PAD_CONSTANT 0
#define PAD_REFLECT 1
#define PAD_REPLICATE 2

kernel void copy_channels(
    global const float* x,  // (rows,columns,xChannels) read
    global float* y,        // (rows,columns,yChannels) channels yFirst to yFirst + C overwritten
    const int xChannels, const int xFirst, const int yChannels, const int yFirst,
    const int C, const int columns, const int rows, const int columnBlock, const int channelBlock) {
  for (int row = get_global_id(2); row < rows; row += get_global_size(2)) {
    for (int w = BLOCK_BEGIN(1, columnBlock); w < BLOCK_END(1, columnBlock, columns); w++) {
      global const float* from = x + (row * columns + w) * xChannels + xFirst;
      global float* to = y + (row * columns + w) * yChannels + yFirst;
      for (int c = BLOCK_BEGIN(0, channelBlock); c < BLOCK_END(0, channelBlock, C); c += VECTOR) {
        STORE(LOAD(from + c), to + c);
      }
    }
  }
}

kernel void flatten(
    global const float* x,  // (N,H,W,C) read
    global float* y,        // (N,C,H,W) overwritten
    const int C, const int area, const int N, const int columnBlock, const int channelBlock) {
  for (int n = get_global_id(2); n < N; n += get_global_size(2)) {
    for (int c = BLOCK_BEGIN(0, channelBlock); c < BLOCK_END(0, channelBlock, C); c++) {
      for (int i = BLOCK_BEGIN(1, columnBlock); i < BLOCK_END(1, columnBlock, area); i++) {
        y[(n * C + c) * area + i] = x[(n * area + i) * C + c];
      }
    }
  }
}

kernel void unflatten(
    global const float* y,  // (N,C,H,W) read
    global float* x,        // (N,H,W,C) overwritten
    const int C, const int area, const int N, const int columnBlock, const int channelBlock) {
  for (int n = get_global_id(2); n < N; n += get_global_size(2)) {
    for (int i = BLOCK_BEGIN(1, columnBlock); i < BLOCK_END(1, columnBlock, area); i++) {
      for (int c = BLOCK_BEGIN(0, channelBlock); c < BLOCK_END(0, channelBlock, C); c++) {
        x[(n * area + i) * C + c] = y[(n * C + c) * area + i];
      }
    }
  }
}

// The row or column of the image that is shown at place i of its axis, 0 being its own first; -1 on a constant border.
static inline int source(int mode, int i, int length) {
  const int last = length - 1;
  if (mode == PAD_REFLECT) {
    return last - abs(last - (int)abs(i));
  }
  if (mode == PAD_REPLICATE) {
    return clamp(i, 0, last);
  }
  return i < 0 || i > last ? -1 : i;
}

// The first place that shows i, before being the places in front of the image.
static inline int first_place(int mode, int i, int before) {
  if (mode == PAD_REFLECT) {
    return i <= before ? -i : i;
  }
  return mode == PAD_REPLICATE && i == 0 ? -before : i;
}

// The last place that shows i, behind being the places after the image.
static inline int last_place(int mode, int i, int length, int behind) {
  const int last = length - 1;
  if (mode == PAD_REFLECT) {
    return last - i <= behind ? 2 * last - i : i;
  }
  return mode == PAD_REPLICATE && i == last ? last + behind : i;
}

// The place that shows i after one that does: a mirrored axis shows it at -i, i and 2 last - i at most.
static inline int next_place(int mode, int place, int i, int length) {
  const int mirrored = place < i ? i : 2 * (length - 1) - i;
  return mode == PAD_REFLECT ? max(place + 1, mirrored) : place + 1;
}

kernel void pad_forward(
    global const float* x,  // (N,H,W,C) read
    global float* y,        // (N,P,Q,C) overwritten
    const int mode, const float value, const int top, const int left,
    const int C, const int H, const int W, const int P, const int Q,
    const int rows, const int columnBlock, const int channelBlock) {
  for (int row = get_global_id(2); row < rows; row += get_global_size(2)) {
    const int n = row / P;
    const int h = source(mode, row - n * P - top, H);
    for (int q = BLOCK_BEGIN(1, columnBlock); q < BLOCK_END(1, columnBlock, Q); q++) {
      const int w = source(mode, q - left, W);
      const int border = h < 0 || w < 0;
      for (int c = BLOCK_BEGIN(0, channelBlock); c < BLOCK_END(0, channelBlock, C); c += VECTOR) {
        floats shown = value;
        if (!border) {
          shown = LOAD(x + ((n * H + h) * W + w) * C + c);
        }
        STORE(shown, y + (row * Q + q) * C + c);
      }
    }
  }
}

kernel void pad_backward(
    global const float* dy,  // (N,P,Q,C) read
    global float* dx,        // (N,H,W,C) overwritten
    const int mode, const int top, const int left,
    const int C, const int H, const int W, const int P, const int Q,
    const int rows, const int columnBlock, const int channelBlock) {
  for (int row = get_global_id(2); row < rows; row += get_global_size(2)) {
    const int n = row / H;
    const int h = row - n * H;
    const int pEnd = last_place(mode, h, H, P - H - top);
    for (int w = BLOCK_BEGIN(1, columnBlock); w < BLOCK_END(1, columnBlock, W); w++) {
      const int qBegin = first_place(mode, w, left);
      const int qEnd = last_place(mode, w, W, Q - W - left);
      for (int c = BLOCK_BEGIN(0, channelBlock); c < BLOCK_END(0, channelBlock, C); c += VECTOR) {
        floats sum = 0.0f;
        for (int p = first_place(mode, h, top); p <= pEnd; p = next_place(mode, p, h, H)) {
          for (int q = qBegin; q <= qEnd; q = next_place(mode, q, w, W)) {
            sum += LOAD(dy + ((n * P + p + top) * Q + q + left) * C + c);
          }
        }
        STORE(sum, dx + (row * W + w) * C + c);
      }
    }
  }
}
