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
    const int C, const int columns, const int rows, const int columnBlock, const int channelBlock, const int stream) {
  for (int row = get_global_id(2); row < rows; row += get_global_size(2)) {
    for (int w = BLOCK_BEGIN(1, columnBlock); w < BLOCK_END(1, columnBlock, columns); w++) {
      global const float* from = x + (row * columns + w) * xChannels + xFirst;
      global float* to = y + (row * columns + w) * yChannels + yFirst;
      for (int c = BLOCK_BEGIN(0, channelBlock); c < BLOCK_END(0, channelBlock, C); c += VECTOR) {
        PUT(LOAD(from + c), to + c, stream);
      }
    }
  }
}

// Pixels of a column of flatten and unflatten: wide vectors are transposed in squares, others element by element.
#if VECTOR == 16
#define PIXELS VECTOR
#define ALTERNATE(a, b, half) \
  (floats)(a.half.s0, b.half.s0, a.half.s1, b.half.s1, a.half.s2, b.half.s2, a.half.s3, b.half.s3, \
           a.half.s4, b.half.s4, a.half.s5, b.half.s5, a.half.s6, b.half.s6, a.half.s7, b.half.s7)

// Transposes a square: each round moves the first bit of a row's number behind the last of a column's, and all bits of
// the column's up.
inline void transpose(floats square[VECTOR]) {
#pragma unroll
  for (int round = 0; round < 4; round++) {
    floats next[VECTOR];
#pragma unroll
    for (int i = 0; i < VECTOR / 2; i++) {
      next[2 * i] = ALTERNATE(square[i], square[i + VECTOR / 2], lo);
      next[2 * i + 1] = ALTERNATE(square[i], square[i + VECTOR / 2], hi);
    }
#pragma unroll
    for (int i = 0; i < VECTOR; i++) {
      square[i] = next[i];
    }
  }
}

// The square of 16 rows that are fromStep apart becomes one of rows that are toStep apart.
inline void transpose_square(
    global const float* from, const int fromStep, global float* to, const int toStep, const int stream) {
  floats square[VECTOR];
#pragma unroll
  for (int i = 0; i < VECTOR; i++) {
    square[i] = LOAD(from + i * fromStep);
  }
  transpose(square);
#pragma unroll
  for (int i = 0; i < VECTOR; i++) {
    PUT(square[i], to + i * toStep, stream);
  }
}
#else
#define PIXELS 1
#endif

kernel void flatten(
    global const float* x,  // (N,H,W,C) read
    global float* y,        // (N,C,H,W) overwritten
    const int C, const int area, const int N, const int columnBlock, const int channelBlock, const int stream) {
  const int begin = BLOCK_BEGIN(1, columnBlock) * PIXELS;
  const int end = min(area, begin + columnBlock * PIXELS);
  for (int n = get_global_id(2); n < N; n += get_global_size(2)) {
    for (int c = BLOCK_BEGIN(0, channelBlock); c < BLOCK_END(0, channelBlock, C); c += VECTOR) {
      for (int i = begin; i < end; i += PIXELS) {
        global const float* from = x + (n * area + i) * C + c;
        global float* to = y + (n * C + c) * area + i;
#if PIXELS > 1
        if (i + PIXELS <= area) {
          transpose_square(from, C, to, area, stream);
          continue;
        }
#endif
        for (int pixel = 0; pixel < min(PIXELS, area - i); pixel++) {
          for (int channel = 0; channel < VECTOR; channel++) {
            to[channel * area + pixel] = from[pixel * C + channel];
          }
        }
      }
    }
  }
}

kernel void unflatten(
    global const float* y,  // (N,C,H,W) read
    global float* x,        // (N,H,W,C) overwritten
    const int C, const int area, const int N, const int columnBlock, const int channelBlock, const int stream) {
  const int begin = BLOCK_BEGIN(1, columnBlock) * PIXELS;
  const int end = min(area, begin + columnBlock * PIXELS);
  for (int n = get_global_id(2); n < N; n += get_global_size(2)) {
    for (int c = BLOCK_BEGIN(0, channelBlock); c < BLOCK_END(0, channelBlock, C); c += VECTOR) {
      for (int i = begin; i < end; i += PIXELS) {
        global const float* from = y + (n * C + c) * area + i;
        global float* to = x + (n * area + i) * C + c;
#if PIXELS > 1
        if (i + PIXELS <= area) {
          transpose_square(from, area, to, C, stream);
          continue;
        }
#endif
        for (int pixel = 0; pixel < min(PIXELS, area - i); pixel++) {
          for (int channel = 0; channel < VECTOR; channel++) {
            to[pixel * C + channel] = from[channel * area + pixel];
          }
        }
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
    const int rows, const int columnBlock, const int channelBlock, const int stream) {
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
        PUT(shown, y + (row * Q + q) * C + c, stream);
      }
    }
  }
}

kernel void pad_backward(
    global const float* dy,  // (N,P,Q,C) read
    global float* dx,        // (N,H,W,C) overwritten
    const int mode, const int top, const int left,
    const int C, const int H, const int W, const int P, const int Q,
    const int rows, const int columnBlock, const int channelBlock, const int stream) {
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
        PUT(sum, dx + (row * W + w) * C + c, stream);
      }
    }
  }
}
