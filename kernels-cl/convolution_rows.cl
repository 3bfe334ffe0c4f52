// Convolution for CPU drivers, one output row at a time:
//
//   y[n,p,q,k] = f(bias[k] + sum over r,s,c of
//       x[n, p strideH - padH + r dilationH, q strideW - padW + s dilationW, g C + c] weight[r,s,c,k]),  g = k / K
//
// with C channels and K filters in a group. The R input rows that an output row sees are first copied to local memory,
// with zeros where the image ends. From then on no tap asks where the image ends: what few channels need, because there
// asking costs as much as multiplying. Sums run over r, s, c in order. Backward-data with stride 1 is the same with the
// weights rotated and transposed.
//
// POINTWISE is the filter of 1x1 with stride 1, which sees no border: y[pixel,k] = sum over c of x[pixel,c]
// weight[c,k], a plain matrix product of runs of pixels, read from where they lie. On two cores of an AMD EPYC 9004
// the first layer of a small network (32,1,28,28 -> 32, 3x3) takes a quarter of the time of convolution_blocked.

#include "vector.clh"
#include "activation.clh"
#include "square.clh"

// Output pixels and vectors of filters that are summed in registers at a time, as in convolution_blocked.cl.
#ifndef PIXELS
#define PIXELS 6
#endif
#ifndef VECTORS
#define VECTORS 4
#endif
// 1: the filter is 1x1 and its stride 1.
#ifndef POINTWISE
#define POINTWISE 0
#endif

// 1: the filters do not fill BLOCK, which covers them all. The weights come padded with zeros, and a row of y is
// collected in local memory, where whole vectors may overlap the next pixel's.
#ifndef PARTIAL
#define PARTIAL 0
#endif

#define BLOCK (VECTORS * VECTOR)
#if PARTIAL
#define TARGET local float*
#define LOAD_BIAS(bias, count) load_part(bias, count)
#define STORE_RESULT(value, to, stream) STOREV(value, to)
#else
#define TARGET global float*
#define LOAD_BIAS(bias, count) LOADV(bias)
#define STORE_RESULT(value, to, stream) \
  do {                                  \
    if (stream) {                       \
      STREAMV(value, to);               \
    } else {                            \
      STOREV(value, to);                \
    }                                   \
  } while (0)
#endif
#if POINTWISE
#define SOURCE global const float*
#else
#define SOURCE local const float*
#endif

// The sums of PIXELS pixels and BLOCK filters: source[r lineLength + pixel step + t tapStep + e] weight[r,t,e], t <
// taps, e < run, and with add what is there. Pixels from count on repeat the last one and are not stored.
static inline __attribute__((always_inline)) void sum_block(
    SOURCE source,
    const int lineLength,
    const int step,
    const int lines,
    const int taps,
    const int tapStep,
    const int run,
    const int count,
    global const float* weight,
    const int weightRow,
    global const float* bias,
    TARGET to,
    const int toStep,
    const int add,
    const int stream,
    const float alpha) {
  SOURCE xs[PIXELS];
#pragma unroll
  for (int m = 0; m < PIXELS; m++) {
    xs[m] = source + min(m, count - 1) * step;
  }
  FLOATV sum[PIXELS][VECTORS];
#pragma unroll
  for (int m = 0; m < PIXELS; m++) {
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
      sum[m][v] = (FLOATV)(0.0f);
    }
  }
  for (int r = 0; r < lines; r++) {
    for (int t = 0; t < taps; t++) {
      for (int e = t * tapStep; e < t * tapStep + run; e++) {
        FLOATV wv[VECTORS];
#pragma unroll
        for (int v = 0; v < VECTORS; v++) {
          wv[v] = LOADV(weight + v * VECTOR);
        }
#pragma unroll
        for (int m = 0; m < PIXELS; m++) {
          const FLOATV value = (FLOATV)(xs[m][e]);
#pragma unroll
          for (int v = 0; v < VECTORS; v++) {
            sum[m][v] = fma(value, wv[v], sum[m][v]);
          }
        }
        weight += weightRow;
      }
    }
#pragma unroll
    for (int m = 0; m < PIXELS; m++) {
      xs[m] += lineLength;
    }
  }
  FLOATV start[VECTORS];
#pragma unroll
  for (int v = 0; v < VECTORS; v++) {
    start[v] = bias ? LOAD_BIAS(bias + v * VECTOR, toStep - v * VECTOR) : (FLOATV)(0.0f);
  }
  // Pixels in order: where vectors are partial, the last one of a pixel overlaps the next pixel.
#pragma unroll
  for (int m = 0; m < PIXELS; m++) {
    if (m < count) {
#pragma unroll
      for (int v = 0; v < VECTORS; v++) {
        const FLOATV before = add ? LOADV(to + m * toStep + v * VECTOR) : start[v];
        const FLOATV value = activate_vector(sum[m][v] + before, alpha);
        STORE_RESULT(value, to + m * toStep + v * VECTOR, stream);
      }
    }
  }
}

#if POINTWISE

// How many blocks of pixels ahead x is asked for.
#define BLOCKS_AHEAD 2

// get_global_id: 0 = run of pixels, whose channels stay in the caches while filters are computed, 1 = strip of filters.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_rows_pointwise(
    global const float* restrict x,       // (pixels,C) read
    global const float* restrict weight,  // (C,K) read
    global const float* restrict bias,    // (K) read, or null
    global float* restrict y,             // (pixels,K) overwritten
    const int pixels,                     // N H W
    const int C,
    const int K,       // a multiple of BLOCK
    const int length,  // pixels of a run
    const int strip,   // filters of a strip, a multiple of BLOCK
    const int stream,  // whether y is too large for the caches
    const float alpha) {
  const int first = (int)get_global_id(0) * length;
  const int end = min(pixels, first + length);
  const int firstK = (int)get_global_id(1) * strip;
  const int endK = min(K, firstK + strip);
  for (int k = firstK; k < endK; k += BLOCK) {
    for (int pixel = first; pixel < end; pixel += PIXELS) {
      if (k == firstK) {
        prefetch_run(x + (long)(pixel + BLOCKS_AHEAD * PIXELS) * C, PIXELS * C);
      }
      sum_block(x + (long)pixel * C, 0, C, 1, 1, 0, C, end - pixel, weight + k, K, bias ? bias + k : bias,
                y + (long)pixel * K + k, K, 0, stream, alpha);
    }
  }
}

// transposed[k,c] = weight[c,k], for backward-data, by squares. get_global_id: 0 = vector of c, 1 = vector of k.
kernel void convolution_rows_transpose(
    global const float* weight,  // (C,K) read
    global float* transposed,    // (K,C) overwritten
    const int C,                 // a multiple of VECTOR
    const int K) {
  const int c = (int)get_global_id(0) * VECTOR;
  const int k = (int)get_global_id(1) * VECTOR;
  turn_square(weight + (long)c * K + k, K, transposed + (long)k * C + c, C, VECTOR, K - k);
}

// Backward-data of so few pixels that transposing all weights first would take as long as the sums: each work-item
// transposes those of its channels, chunk filters at a time, and adds their sums to dx. get_global_id(0): BLOCK
// channels.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_rows_turned(
    global const float* restrict dy,      // (pixels,K) read
    global const float* restrict weight,  // (C,K) read
    global float* restrict dx,            // (pixels,C) overwritten
    global float* restrict turned,        // (C / BLOCK,chunk,BLOCK) overwritten
    const int pixels,
    const int C,  // a multiple of BLOCK
    const int K,
    const int chunk,  // a multiple of VECTOR
    const float alpha) {
  const int c = (int)get_global_id(0) * BLOCK;
  global float* block = turned + (long)c * chunk;
  for (int k = 0; k < K; k += chunk) {
    const int count = min(chunk, K - k);
    for (int i = 0; i < BLOCK; i += VECTOR) {
      for (int j = 0; j < count; j += VECTOR) {
        turn_square(weight + (long)(c + i) * K + k + j, K, block + j * BLOCK + i, BLOCK, VECTOR, count - j);
      }
    }
    for (int pixel = 0; pixel < pixels; pixel += PIXELS) {
      sum_block(dy + (long)pixel * K + k, 0, K, 1, 1, 0, count, pixels - pixel, block, BLOCK, 0,
                dx + (long)pixel * C + c, C, k > 0, 0, alpha);
    }
  }
}

// Channels of one work-item of convolution_rows_dot.
#define DOT_CHANNELS 64

// Backward-data of few pixels, for which transposing the weights would be most of the work: dx[pixel,c] = sum over k of
// dy[pixel,k] weight[c,k], in vectors of k for VECTOR channels at a time, whose lanes are added together at the end.
// get_global_id(0): block of channels.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_rows_dot(
    global const float* restrict dy,      // (pixels,K) read
    global const float* restrict weight,  // (C,K) read
    global float* restrict dx,            // (pixels,C) overwritten
    const int pixels,
    const int C,    // a multiple of VECTOR
    const int K) {  // a multiple of VECTOR
  const int first = (int)get_global_id(0) * DOT_CHANNELS;
  const int end = min(C, first + DOT_CHANNELS);
  for (int c = first; c < end; c += VECTOR) {
    for (int pixel = 0; pixel < pixels; pixel++) {
      FLOATV sums[VECTOR];
#pragma unroll
      for (int i = 0; i < VECTOR; i++) {
        sums[i] = (FLOATV)(0.0f);
      }
      for (int k = 0; k < K; k += VECTOR) {
        const FLOATV gradient = LOADV(dy + (long)pixel * K + k);
#pragma unroll
        for (int i = 0; i < VECTOR; i++) {
          sums[i] = fma(gradient, LOADV(weight + (long)(c + i) * K + k), sums[i]);
        }
      }
      STOREV(sums_of(sums), dx + (long)pixel * C + c);
    }
  }
}

#else

// rotated[r,s,k; g,c] = weight[R-1-r,S-1-s,c; g,k], for backward-data. get_global_id: 0 = c of all groups and what
// the row is padded with, 1 = k of one group, 2 = r,s.
kernel void convolution_rows_rotate(
    global const float* weight,  // (taps,C,groups K) read
    global float* rotated,       // (taps,K,row) overwritten
    const int taps,              // R S
    const int C,                 // channels of a group
    const int K,                 // filters of a group
    const int groups,
    const int row) {  // groups C, padded
  const int channel = (int)get_global_id(0);
  const int k = (int)get_global_id(1);
  const int tap = (int)get_global_id(2);
  const int g = channel / C;
  rotated[((long)tap * K + k) * row + channel] =
      g < groups ? weight[((long)(taps - 1 - tap) * C + channel - g * C) * groups * K + g * K + k] : 0.0f;
}

// padded[i,k] = weight[i,k], 0 from K on. get_global_id: 0 = k, 1 = i.
kernel void convolution_rows_pad(
    global const float* weight,  // (taps C,K) read
    global float* padded,        // (taps C,row) overwritten
    const int K,
    const int row) {
  const int k = (int)get_global_id(0);
  padded[(long)get_global_id(1) * row + k] = k < K ? weight[(long)get_global_id(1) * K + k] : 0.0f;
}

// get_global_id(0): output row n,p.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_rows(
    global const float* restrict x,       // (N,H,W,groups C) read
    global const float* restrict weight,  // (R,S,C,groups K) read; PARTIAL: (R,S,C,BLOCK)
    global const float* restrict bias,    // (groups K) read, or null
    global float* restrict y,             // (N,P,Q,groups K) overwritten
    local float* lines,                   // (R, lineLength) scratch; PARTIAL: and a row of y with BLOCK more
    const int groups,
    const int C,  // channels of a group
    const int H,
    const int W,
    const int K,  // filters of a group, a multiple of BLOCK; PARTIAL: less, of one group
    const int R,
    const int S,
    const int P,
    const int Q,
    const int strideH,
    const int strideW,
    const int padH,
    const int padW,
    const int dilationH,
    const int dilationW,
    const int stream,  // whether y is too large for the caches
    const float alpha) {
  const int n = (int)get_global_id(0) / P;
  const int p = (int)get_global_id(0) - n * P;
  // Columns of x that the row sees, from -padW on; those between begin and end are inside the image.
  const int columns = (Q - 1) * strideW + (S - 1) * dilationW + 1;
  const int channels = groups * C;
  const int filters = groups * K;
  const int lineLength = columns * channels;
  const int begin = min(padW, columns);
  const int end = max(begin, min(columns, padW + W));
  for (int r = 0; r < R; r++) {
    const int h = p * strideH - padH + r * dilationH;
    const bool inside = h >= 0 && h < H;
    local float* line = lines + r * lineLength;
    global const float* from = x + (((long)n * H + h) * W - padW) * channels;
    const int copyBegin = inside ? begin * channels : lineLength;
    const int copyEnd = inside ? end * channels : lineLength;
    for (int i = 0; i < copyBegin; i++) {
      line[i] = 0.0f;
    }
    for (int i = copyBegin; i < copyEnd; i++) {
      line[i] = from[i];
    }
    for (int i = copyEnd; i < lineLength; i++) {
      line[i] = 0.0f;
    }
  }
  global float* row = y + (long)get_global_id(0) * Q * filters;
#if PARTIAL
  local float* to = lines + R * lineLength;
  const int weightRow = BLOCK;
#else
  global float* to = row;
  const int weightRow = filters;
#endif
  const int step = strideW * channels;
  // Without groups and dilation, the taps of a filter row are one run.
  const bool joined = groups == 1 && dilationW == 1;
  const int taps = joined ? 1 : S;
  const int run = joined ? S * C : C;
  for (int k = 0; k < filters; k += BLOCK) {
    local const float* group = lines + k / K * C;
    for (int q = 0; q < Q; q += PIXELS) {
      sum_block(group + q * step, lineLength, step, R, taps, dilationW * channels, run, Q - q, weight + k, weightRow,
                bias ? bias + k : bias, to + q * filters + k, filters, 0, stream, alpha);
    }
  }
#if PARTIAL
  for (int i = 0; i < Q * filters; i++) {
    row[i] = to[i];
  }
#endif
}

#endif
