// Batch normalisation with ReLU (batch_norm.cl) and maximum pooling behind it in one, forward and backward. Images as
// NHWC; windows of R rows and S columns lie side by side, without padding:
//   y[n,p,q,c] = relu(gamma (x - mean) inverse + beta) of the pixel in the window where gamma x is largest; at keeps
//   its r S + s. Backward has g = dy there if y > 0, and 0 at all other pixels; then batch_norm_backward.cl's sums and
//   dx.
// The last windows may stick out, or leave pixels behind them, which are theirs in backward.
//
// The matrix of batch_norm.clh is y: a row is a window, dealt to lanes as there. Statistics, and what lanes leave, are
// finished by the kernels of batch_norm.cl and batch_norm_backward.cl.

#include "batch_norm.clh"
#include "positions.clh"

// How many windows ahead pixels are asked for.
#define WINDOWS_AHEAD 32

// The sizes of the images and their windows as kernel arguments.
#define WINDOW_SIZES const int H, const int W, const int P, const int Q, const int R, const int S

// For window k of a lane: `corner`, where channel c of its first pixel lies in x, how many rows and columns of pixels
// are its own, and how far ahead of them others are asked for: behind the last window of a row begin other rows of x.
#define TAKE_WINDOW(k)                                                        \
  const int window = lane * laneStride + (k) * rowStep;                       \
  const int imageRow = window / Q;                                            \
  const int q = window - imageRow * Q;                                        \
  const int n = imageRow / P;                                                 \
  const int p = imageRow - n * P;                                             \
  const size_t corner = (size_t)((n * H + p * R) * W + q * S) * channels + c; \
  const int ownRows = p == P - 1 ? H - p * R : R;                             \
  const int ownColumns = q == Q - 1 ? W - q * S : S;                          \
  const int rowsAhead = (q + WINDOWS_AHEAD) / Q;                              \
  const size_t ahead = (size_t)(WINDOWS_AHEAD * S + rowsAhead * (R * W - Q * S)) * channels

// The first `width` positions; 0 behind them.
INLINED INTV load_positions(
    global const POSITION* at,  // (width) read
    const int width) {
  if (width >= VECTOR) {
    return TO_INTS(LOAD_POSITIONS(at));
  }
  int part[VECTOR];
  for (int i = 0; i < VECTOR; i++) {
    part[i] = i < width ? at[i] : 0;
  }
  return JOIN(vload, VECTOR)(0, part);
}

INLINED void store_positions(
    const INTV found,
    global POSITION* at,  // (width) overwritten
    const int width) {
  if (width >= VECTOR) {
    STORE_POSITIONS(TO_POSITIONS(found), at);
    return;
  }
  int part[VECTOR];
  JOIN(vstore, VECTOR)(found, 0, part);
  for (int i = 0; i < VECTOR; i++) {
    if (i < width) {
      at[i] = (POSITION)part[i];
    }
  }
}

// What the channels from `column` on are normalised by: mean, slope and shift of normalised().
#define TAKE_CHANNELS(v)                                                                     \
  const int column = c + (v) * VECTOR;                                                       \
  mean[v] = load_part(saved + column, width);                                                \
  slope[v] = load_part(gamma + column, width) * load_part(saved + channels + column, width); \
  shift[v] = load_part(beta + column, width)

INLINED void maxima_of_block(
    global const float* x,      // (N,H,W,C) read
    global const float* gamma,  // (C) read
    global const float* beta,   // (C) read
    global const float* saved,  // (2,C) read: mean, inverse
    global float* y,            // (N,P,Q,C) overwritten
    global POSITION* at,        // (N,P,Q,C) overwritten
    const int stream, WINDOW_SIZES, const int channels, const int lane, const int laneStride, const int rowStep,
    const int count, const size_t first, const size_t step, const int c, const int vectors, const int width) {
  FLOATV mean[VECTORS];
  FLOATV slope[VECTORS];
  FLOATV shift[VECTORS];
  FLOATV direction[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    TAKE_CHANNELS(v);
    const FLOATV weight = load_part(gamma + column, width);
    direction[v] = select(select((FLOATV)0.0f, (FLOATV)1.0f, weight > 0.0f), (FLOATV)(-1.0f), weight < 0.0f);
  }
  for (int k = 0; k < count; k++) {
    TAKE_WINDOW(k);
    FLOATV largest[VECTORS];
    INTV found[VECTORS];
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      largest[v] = load_part(x + corner + v * VECTOR, width) * direction[v];
      found[v] = 0;
    }
    for (int r = 0; r < min(ownRows, R); r++) {
      for (int s = 0; s < min(ownColumns, S); s++) {
        const INTV here = r * S + s;
#pragma unroll
        for (int v = 0; v < vectors; v++) {
          global const float* pixel = x + corner + (size_t)(r * W + s) * channels + v * VECTOR;  // (width)
          const FLOATV value = load_part(pixel, width) * direction[v];
          PREFETCH(pixel + ahead);
          const INTV better = (value > largest[v]) | (value != value);
          largest[v] = select(largest[v], value, better);
          found[v] = select(found[v], here, better);
        }
      }
    }
    const size_t out = first + k * step + c;
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      const FLOATV value = normalised(largest[v] * direction[v], mean[v], slope[v], shift[v]);
      put_part(select(value, (FLOATV)(0.0f), value < 0.0f), y + out + v * VECTOR, width, stream);
      store_positions(found[v], at + out + v * VECTOR, width);
    }
  }
}

kernel void batch_norm_pool_forward(
    global const float* x,      // (N,H,W,C) read
    global const float* gamma,  // (C) read
    global const float* beta,   // (C) read
    global const float* saved,  // (2,C) read: mean, inverse
    global float* y,            // (N,P,Q,C) overwritten
    global POSITION* at,        // (N,P,Q,C) overwritten
    const int stream,           // whether y is too large for the caches
    WINDOW_SIZES,
    ROWS_AS_DEALT) {
  TAKE_LANE;
  FOR_BLOCKS(maxima_of_block(x, gamma, beta, saved, y, at, stream, H, W, P, Q, R, S, channels, lane, laneStride,
                             rowStep, count, first, step, c, vectors, width))
}

INLINED void sums_of_block(
    global const float* x,      // (N,H,W,C) read
    global const float* gamma,  // (C) read
    global const float* beta,   // (C) read
    global const float* dy,     // (N,P,Q,C) read
    global const float* saved,  // (2,C) read: mean, inverse
    global const POSITION* at,  // (N,P,Q,C) read
    global float* sums,         // (columns) overwritten from c on: sum g
    global float* products,     // (columns) overwritten from c on: sum g (x - mean)
    WINDOW_SIZES, const int channels, const int lane, const int laneStride, const int rowStep, const int count,
    const size_t first, const size_t step, const int c, const int vectors, const int width) {
  FLOATV mean[VECTORS];
  FLOATV slope[VECTORS];
  FLOATV shift[VECTORS];
  FLOATV sum[VECTORS];
  FLOATV product[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    TAKE_CHANNELS(v);
    sum[v] = 0.0f;
    product[v] = 0.0f;
  }
  for (int done = 0; done < count; done += TILE) {
    // Tiles are summed apart, so that a long lane loses fewer bits.
    FLOATV tileSum[VECTORS];
    FLOATV tileProduct[VECTORS];
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      tileSum[v] = 0.0f;
      tileProduct[v] = 0.0f;
    }
    for (int k = done; k < min(done + TILE, count); k++) {
      TAKE_WINDOW(k);
      const size_t out = first + k * step + c;
#pragma unroll
      for (int v = 0; v < vectors; v++) {
        const INTV found = load_positions(at + out + v * VECTOR, width);
        FLOATV largest = load_part(x + corner + v * VECTOR, width);
        for (int r = 0; r < min(ownRows, R); r++) {
          for (int s = 0; s < min(ownColumns, S); s++) {
            const INTV here = r * S + s;
            global const float* pixel = x + corner + (size_t)(r * W + s) * channels + v * VECTOR;  // (width)
            largest = select(largest, load_part(pixel, width), found == here);
            PREFETCH(pixel + ahead);
          }
        }
        const INTV positive = normalised(largest, mean[v], slope[v], shift[v]) > 0.0f;
        const FLOATV g = select((FLOATV)(0.0f), load_part(dy + out + v * VECTOR, width), positive);
        tileSum[v] += g;
        tileProduct[v] += g * (largest - mean[v]);
      }
    }
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      sum[v] += tileSum[v];
      product[v] += tileProduct[v];
    }
  }
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    store_part(sum[v], sums + c + v * VECTOR, width);
    store_part(product[v], products + c + v * VECTOR, width);
  }
}

kernel void batch_norm_pool_sums(
    global const float* x,      // (N,H,W,C) read
    global const float* gamma,  // (C) read
    global const float* beta,   // (C) read
    global const float* dy,     // (N,P,Q,C) read
    global const float* saved,  // (2,C) read: mean, inverse
    global const POSITION* at,  // (N,P,Q,C) read
    global float* partial,      // (2, lanes, C) overwritten: sum g, sum g (x - mean)
    WINDOW_SIZES,
    ROWS_AS_DEALT) {
  TAKE_LANE;
  global float* sums = partial + (size_t)lane * columns;                // (columns)
  global float* products = partial + (size_t)(lanes + lane) * columns;  // (columns)
  FOR_BLOCKS(sums_of_block(x, gamma, beta, dy, saved, at, sums, products, H, W, P, Q, R, S, channels, lane, laneStride,
                           rowStep, count, first, step, c, vectors, width))
}

INLINED void gradient_of_block(
    global const float* x,       // (N,H,W,C) read
    global const float* gamma,   // (C) read
    global const float* beta,    // (C) read
    global const float* dy,      // (N,P,Q,C) read
    global const float* saved,   // (2,C) read: mean, inverse
    global const POSITION* at,   // (N,P,Q,C) read
    global const float* dgamma,  // (C) read
    global const float* dbeta,   // (C) read
    global float* dx,            // (N,H,W,C) overwritten
    const int pixels, const int stream, WINDOW_SIZES, const int channels, const int lane, const int laneStride,
    const int rowStep, const int count, const size_t first, const size_t step, const int c, const int vectors,
    const int width) {
  const float part = 1.0f / pixels;
  FLOATV mean[VECTORS];
  FLOATV slope[VECTORS];
  FLOATV shift[VECTORS];
  FLOATV share[VECTORS];
  FLOATV tilt[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    TAKE_CHANNELS(v);
    share[v] = load_part(dbeta + column, width) * part;
    tilt[v] = load_part(dgamma + column, width) * load_part(saved + channels + column, width) * part;
  }
  for (int k = 0; k < count; k++) {
    TAKE_WINDOW(k);
    const size_t out = first + k * step + c;
    INTV found[VECTORS];
    FLOATV given[VECTORS];
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      found[v] = load_positions(at + out + v * VECTOR, width);
      given[v] = load_part(dy + out + v * VECTOR, width);
    }
    for (int r = 0; r < ownRows; r++) {
      for (int s = 0; s < ownColumns; s++) {
        const INTV here = r < R && s < S ? r * S + s : -1;
        const size_t pixel = corner + (size_t)(r * W + s) * channels;
#pragma unroll
        for (int v = 0; v < vectors; v++) {
          const FLOATV value = load_part(x + pixel + v * VECTOR, width);
          PREFETCH(x + pixel + v * VECTOR + ahead);
          const INTV gives = (found[v] == here) & (normalised(value, mean[v], slope[v], shift[v]) > 0.0f);
          const FLOATV g = select((FLOATV)(0.0f), given[v], gives);
          put_part(slope[v] * (g - share[v] - (value - mean[v]) * tilt[v]), dx + pixel + v * VECTOR, width, stream);
        }
      }
    }
  }
}

kernel void batch_norm_pool_backward(
    global const float* x,       // (N,H,W,C) read
    global const float* gamma,   // (C) read
    global const float* beta,    // (C) read
    global const float* dy,      // (N,P,Q,C) read
    global const float* saved,   // (2,C) read: mean, inverse
    global const POSITION* at,   // (N,P,Q,C) read
    global const float* dgamma,  // (C) read
    global const float* dbeta,   // (C) read
    global float* dx,            // (N,H,W,C) overwritten
    const int pixels,            // N H W
    const int stream,            // whether dx is too large for the caches
    WINDOW_SIZES,
    ROWS_AS_DEALT) {
  TAKE_LANE;
  FOR_BLOCKS(gradient_of_block(x, gamma, beta, dy, saved, at, dgamma, dbeta, dx, pixels, stream, H, W, P, Q, R, S,
                               channels, lane, laneStride, rowStep, count, first, step, c, vectors, width))
}

kernel void batch_norm_pool_backward_at_once(
    global const float* x,      // (N,H,W,C) read
    global const float* gamma,  // (C) read
    global const float* beta,   // (C) read
    global const float* dy,     // (N,P,Q,C) read
    global const float* saved,  // (2,C) read: mean, inverse
    global const POSITION* at,  // (N,P,Q,C) read
    global float* dgamma,       // (C) overwritten
    global float* dbeta,        // (C) overwritten
    global float* dx,           // (N,H,W,C) overwritten; null if not wanted
    const int wantDx,
    const int pixels,           // N H W
    const int stream,           // whether dx is too large for the caches
    WINDOW_SIZES,
    const int rows,             // N P Q
    const int columns) {
  TAKE_VECTOR;
  // One lane has all windows.
  sums_of_block(x, gamma, beta, dy, saved, at, dbeta, dgamma, H, W, P, Q, R, S, columns, 0, rows, 1, rows, 0, columns,
                c, vectors, width);
  store_part(load_part(dgamma + c, width) * load_part(saved + columns + c, width), dgamma + c, width);
  if (wantDx) {
    gradient_of_block(x, gamma, beta, dy, saved, at, dgamma, dbeta, dx, pixels, stream, H, W, P, Q, R, S, columns, 0,
                      rows, 1, rows, 0, columns, c, vectors, width);
  }
}
