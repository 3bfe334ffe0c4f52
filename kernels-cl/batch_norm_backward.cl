// Gradients of batch normalisation (batch_norm.cl), x being a matrix of rows (N H W) by channels:
//   g = dy where y > 0 (ReLU) or dy;  dz = g;  dbeta = sum g;  dgamma = inverse sum g (x - mean)
// Without a residual y is computed from x again, which is read anyway, and not read.
//   dx = gamma inverse (g - dbeta / rows - (x - mean) inverse dgamma / rows)
// Rows are dealt as batch_norm.clh says.

#include "batch_norm.clh"

// What the ReLU's mask is taken from: the kernels' parameter `mask`.
#define MASK_NONE 0
#define MASK_FROM_X 1
#define MASK_FROM_Y 2

// g at one place, by what normalised() takes.
INLINED FLOATV masked(
    global const float* dy,  // (rows, columns) read
    global const float* y,   // (rows, columns) read; null unless MASK_FROM_Y
    const size_t at,
    const int width,
    const int mask,
    const FLOATV x,
    const FLOATV mean,
    const FLOATV slope,
    const FLOATV shift) {
  const FLOATV value = load_part(dy + at, width);
  if (mask == MASK_NONE) {
    return value;
  }
  const FLOATV result = mask == MASK_FROM_Y ? load_part(y + at, width) : normalised(x, mean, slope, shift);
  return select((FLOATV)(0.0f), value, result > 0.0f);
}

INLINED void sums_of_block(
    global const float* x,         // (rows, columns) read
    global const float* y,         // (rows, columns) read; null unless MASK_FROM_Y
    global const float* gamma,     // (channels) read
    global const float* beta,      // (channels) read
    global const float* dy,        // (rows, columns) read
    global const float* means,     // (channels) read
    global const float* inverses,  // (channels) read
    global float* sums,            // (columns) overwritten from c on: sum g
    global float* products,        // (columns) overwritten from c on: sum g (x - mean)
    const int mask,
    const size_t first,
    const size_t step,
    const int count,
    const int c,
    const int channels,
    const int vectors,
    const int width) {
  FLOATV mean[VECTORS];
  FLOATV slope[VECTORS];
  FLOATV shift[VECTORS];
  FLOATV sum[VECTORS];
  FLOATV product[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    const int column = c + v * VECTOR;
    mean[v] = of_channels(means, column, channels, width);
    slope[v] = of_channels(gamma, column, channels, width) * of_channels(inverses, column, channels, width);
    shift[v] = of_channels(beta, column, channels, width);
    sum[v] = 0.0f;
    product[v] = 0.0f;
  }
  size_t at = first + c;
  for (int done = 0; done < count; done += TILE) {
    // Tiles are summed apart, so that a long lane loses fewer bits.
    FLOATV tileSum[VECTORS];
    FLOATV tileProduct[VECTORS];
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      tileSum[v] = 0.0f;
      tileProduct[v] = 0.0f;
    }
    for (int k = 0; k < min(TILE, count - done); k++, at += step) {
#pragma unroll
      for (int v = 0; v < vectors; v++) {
        const size_t here = at + v * VECTOR;
        PREFETCH(x + here + ROWS_AHEAD * step);
        PREFETCH(dy + here + ROWS_AHEAD * step);
        if (mask == MASK_FROM_Y) {
          PREFETCH(y + here + ROWS_AHEAD * step);
        }
        const FLOATV value = load_part(x + here, width);
        const FLOATV g = masked(dy, y, here, width, mask, value, mean[v], slope[v], shift[v]);
        tileSum[v] += g;
        tileProduct[v] += g * (value - mean[v]);
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

kernel void batch_norm_sums(
    global const float* x,      // (rows, columns) read
    global const float* y,      // (rows, columns) read; null unless MASK_FROM_Y
    global const float* gamma,  // (channels) read
    global const float* beta,   // (channels) read
    global const float* dy,     // (rows, columns) read
    global const float* saved,  // (2, channels) read: mean, inverse
    global float* partial,      // (2, lanes, columns) overwritten: sum g, sum g (x - mean)
    const int mask,
    ROWS_AS_DEALT) {
  TAKE_LANE;
  global float* sums = partial + (size_t)lane * columns;                // (columns)
  global float* products = partial + (size_t)(lanes + lane) * columns;  // (columns)
  FOR_BLOCKS(sums_of_block(x, y, gamma, beta, dy, saved, saved + channels, sums, products, mask, first, step, count, c,
                           channels, vectors, width))
}

kernel void batch_norm_finish_sums(
    global const float* partial,  // (2, parts, channels) read: sum g, sum g (x - mean)
    global const float* saved,    // (2, channels) read: mean, inverse
    global float* dgamma,         // (channels) overwritten
    global float* dbeta,          // (channels) overwritten
    local float* shared,          // (2, group size) overwritten: both sums
    const int channels,
    const int parts) {
  TAKE_CHANNEL;
  float sum = 0.0f;
  float product = 0.0f;
  if (c < channels) {
    for (int part = (int)get_local_id(1); part < parts; part += items) {
      const size_t at = (size_t)part * channels + c;
      sum += partial[at];
      product += partial[at + (size_t)parts * channels];
    }
  }
  shared[me] = sum;
  shared[size + me] = product;
  barrier(CLK_LOCAL_MEM_FENCE);
  if (c >= channels || get_local_id(1) > 0) {
    return;
  }
  for (int item = 1; item < items; item++) {
    const int at = item * (int)get_local_size(0) + me;
    sum += shared[at];
    product += shared[size + at];
  }
  dgamma[c] = product * saved[channels + c];
  dbeta[c] = sum;
}

INLINED void gradient_of_block(
    global const float* x,         // (rows, columns) read
    global const float* y,         // (rows, columns) read; null unless MASK_FROM_Y
    global const float* gamma,     // (channels) read
    global const float* beta,      // (channels) read
    global const float* dy,        // (rows, columns) read
    global const float* means,     // (channels) read
    global const float* inverses,  // (channels) read
    global const float* dgamma,    // (channels) read
    global const float* dbeta,     // (channels) read
    global float* dx,              // (rows, columns) overwritten; may be dy; null if not wanted
    global float* dz,              // (rows, columns) overwritten; may be dy unless dx is; null if not wanted
    const int wantDx,
    const int wantDz,
    const int mask,
    const int stream,
    const int rows,
    const size_t first,
    const size_t step,
    const int count,
    const int c,
    const int columns,
    const int channels,
    const int vectors,
    const int width) {
  const float part = 1.0f / (rows * (columns / channels));
  FLOATV mean[VECTORS];
  FLOATV slope[VECTORS];
  FLOATV shift[VECTORS];
  FLOATV share[VECTORS];
  FLOATV tilt[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    const int at = c + v * VECTOR;
    const FLOATV inverse = of_channels(inverses, at, channels, width);
    mean[v] = of_channels(means, at, channels, width);
    slope[v] = of_channels(gamma, at, channels, width) * inverse;
    shift[v] = of_channels(beta, at, channels, width);
    share[v] = of_channels(dbeta, at, channels, width) * part;
    tilt[v] = of_channels(dgamma, at, channels, width) * inverse * part;
  }
  size_t at = first + c;
  for (int i = 0; i < count; i++, at += step) {
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      const size_t here = at + v * VECTOR;
      const FLOATV value = load_part(x + here, width);
      PREFETCH(x + here + ROWS_AHEAD * step);
      PREFETCH(dy + here + ROWS_AHEAD * step);
      const FLOATV g = masked(dy, y, here, width, mask, value, mean[v], slope[v], shift[v]);
      if (wantDz) {
        put_part(g, dz + here, width, stream);
      }
      if (wantDx) {
        put_part(slope[v] * (g - share[v] - (value - mean[v]) * tilt[v]), dx + here, width, stream);
      }
    }
  }
}

kernel void batch_norm_backward(
    global const float* x,       // (rows, columns) read
    global const float* y,       // (rows, columns) read; null unless MASK_FROM_Y
    global const float* gamma,   // (channels) read
    global const float* beta,    // (channels) read
    global const float* dy,      // (rows, columns) read
    global const float* saved,   // (2, channels) read: mean, inverse
    global const float* dgamma,  // (channels) read
    global const float* dbeta,   // (channels) read
    global float* dx,            // (rows, columns) overwritten; may be dy; null if not wanted
    global float* dz,            // (rows, columns) overwritten; may be dy unless dx is; null if not wanted
    const int wantDx,
    const int wantDz,
    const int mask,
    const int stream,            // whether dx and dz are too large for the caches
    ROWS_AS_DEALT) {
  TAKE_LANE;
  FOR_BLOCKS(gradient_of_block(x, y, gamma, beta, dy, saved, saved + channels, dgamma, dbeta, dx, dz, wantDx, wantDz,
                               mask, stream, rows, first, step, count, c, columns, channels, vectors, width))
}

kernel void batch_norm_backward_at_once(
    global const float* x,      // (rows, columns) read
    global const float* y,      // (rows, columns) read; null unless MASK_FROM_Y
    global const float* gamma,  // (columns) read
    global const float* beta,   // (columns) read
    global const float* dy,     // (rows, columns) read
    global const float* saved,  // (2, columns) read: mean, inverse
    global float* dgamma,       // (columns) overwritten
    global float* dbeta,        // (columns) overwritten
    global float* dx,           // (rows, columns) overwritten; may be dy; null if not wanted
    global float* dz,           // (rows, columns) overwritten; may be dy unless dx is; null if not wanted
    const int wantDx,
    const int wantDz,
    const int mask,
    const int stream,           // whether dx and dz are too large for the caches
    const int rows,
    const int columns) {
  TAKE_VECTOR;
  global const float* inverses = saved + columns;  // (columns)
  sums_of_block(x, y, gamma, beta, dy, saved, inverses, dbeta, dgamma, mask, 0, columns, rows, c, columns, vectors, width);
  store_part(load_part(dgamma + c, width) * load_part(inverses + c, width), dgamma + c, width);
  if (wantDx || wantDz) {
    gradient_of_block(x, y, gamma, beta, dy, saved, inverses, dgamma, dbeta, dx, dz, wantDx, wantDz, mask, stream, rows, 0,
                      columns, rows, c, columns, columns, vectors, width);
  }
}
