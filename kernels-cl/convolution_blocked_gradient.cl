// Backward-weight of a convolution for CPU drivers: register blocks of CHANNELS channels x VECTORS vectors of filters.
//
//   parts[part; r,s,c,k] = sum over the output rows (n,p) of the part, and all q, of
//       x[n, p strideH - padH + r dilationH, q strideW - padW + s dilationW, c] dy[n,p,q,k], in order
//
// with elements outside x left out. A chunk of rows at a time, which stays in the second-level cache while all channels
// and filters take their turn; their sums wait in memory for the next chunk, which is asked for meanwhile.

#include "vector.clh"

// Vectors of filters and channels of a register block, 1 to 4 and 1 to 8.
#ifndef VECTORS
#define VECTORS 4
#endif
#ifndef CHANNELS
#define CHANNELS 6
#endif

#define BLOCK (VECTORS * VECTOR)

// How output rows see one filter element.
typedef struct {
  int top;           // the row of x that output row 0 of an image sees
  int strideH;
  int step;          // elements of x from one pixel to the next
  int firstQ, endQ;  // the pixels that see the image
  int xRow;          // elements of a row of x
  int yRow;          // elements of a row of dy
  int H, P;
} Element;

// The elements of a row, from `from` to before `to`, that one of all passes over a chunk asks for.
typedef struct {
  int from, to;
} Share;

static inline Share share_of(const int length, const int share, const int shares) {
  const int lines = length / LINE;
  const Share own = {lines * share / shares * LINE, lines * (share + 1) / shares * LINE};
  return own;
}

// Adds the rows of a chunk to the sums of up to CHANNELS channels and `filters` filters at `to`, or begins with them.
static inline __attribute__((always_inline)) void add_chunk(
    global const float* x,   // (N,H,W,xChannels) read, from the pixel of output column 0 and a channel on
    global const float* dy,  // (N,P,Q,yChannels) read, from a filter on
    global float* to,        // (channels,yChannels) overwritten
    const Element e,
    const int begin,
    const int end,
    const int channels,
    const int filters,
    const bool whole,  // BLOCK filters
    const int yChannels,
    const bool add,
    const int ahead,    // rows to those that are asked for, none if 0
    const Share xAhead,
    const Share yAhead) {
  // Channels behind the last one repeat it; their sums are not stored.
  int channel[CHANNELS];
  FLOATV sum[CHANNELS][VECTORS];
#pragma unroll
  for (int m = 0; m < CHANNELS; m++) {
    channel[m] = min(m, channels - 1);
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
      global const float* before = to + (long)channel[m] * yChannels + v * VECTOR;  // (VECTOR), or what is left
      sum[m][v] = (FLOATV)(0.0f);
      if (add) {
        sum[m][v] = whole ? LOADV(before) : load_part(before, filters - v * VECTOR);
      }
    }
  }
  for (int row = begin; row < end; row++) {
    const int n = row / e.P;
    const int h = (row - n * e.P) * e.strideH + e.top;
    if (ahead > 0) {
      prefetch_run(dy + (long)(row + ahead) * e.yRow + yAhead.from, yAhead.to - yAhead.from);
      prefetch_run(x + (long)(n * e.H + h + ahead * e.strideH) * e.xRow + xAhead.from, xAhead.to - xAhead.from);
    }
    if (h < 0 || h >= e.H) {
      continue;
    }
    global const float* xs = x + (n * e.H + h) * e.xRow + e.firstQ * e.step;   // (xChannels), e.step apart
    global const float* ys = dy + row * e.yRow + e.firstQ * yChannels;         // (Q - firstQ,yChannels)
    for (int q = e.firstQ; q < e.endQ; q++) {
      FLOATV yv[VECTORS];
#pragma unroll
      for (int v = 0; v < VECTORS; v++) {
        yv[v] = whole ? LOADV(ys + v * VECTOR) : load_part(ys + v * VECTOR, filters - v * VECTOR);
      }
#pragma unroll
      for (int m = 0; m < CHANNELS; m++) {
        const FLOATV value = (FLOATV)(xs[channel[m]]);
#pragma unroll
        for (int v = 0; v < VECTORS; v++) {
          sum[m][v] = fma(value, yv[v], sum[m][v]);
        }
      }
      xs += e.step;
      ys += yChannels;
    }
  }
#pragma unroll
  for (int m = 0; m < CHANNELS; m++) {
    if (m < channels) {
#pragma unroll
      for (int v = 0; v < VECTORS; v++) {
        global float* after = to + (long)m * yChannels + v * VECTOR;  // (VECTOR), or what is left
        if (whole) {
          STOREV(sum[m][v], after);
        } else {
          store_part(sum[m][v], after, filters - v * VECTOR);
        }
      }
    }
  }
}

// get_global_id: 0 = filter element and slice of channels, 1 = group and strip of filters, 2 = part.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_blocked_backward_weight(
    global const float* restrict x,   // (N,H,W,C groups) read
    global const float* restrict dy,  // (N,P,Q,K groups) read
    global float* restrict parts,     // (parts,R,S,C,K groups) overwritten
    const int C,                      // channels of one group
    const int K,                      // filters of one group
    const int groups,
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
    const int rows,         // N P
    const int rowsPerPart,
    const int rowsPerChunk,
    const int slice,        // channels of a slice
    const int strip) {      // filters of a strip, a multiple of BLOCK
  const int slices = (C + slice - 1) / slice;
  const int tap = (int)get_global_id(0) / slices;
  const int firstC = (int)get_global_id(0) % slices * slice;
  const int endC = min(C, firstC + slice);
  const int strips = (K + strip - 1) / strip;
  const int group = (int)get_global_id(1) / strips;
  const int firstK = (int)get_global_id(1) % strips * strip;
  const int endK = min(K, firstK + strip);
  const int begin = (int)get_global_id(2) * rowsPerPart;
  const int end = min(rows, begin + rowsPerPart);
  const int xChannels = C * groups;
  const int yChannels = K * groups;
  const int left = tap % S * dilationW - padW;
  const Element element = {
      .top = tap / S * dilationH - padH,
      .strideH = strideH,
      .step = strideW * xChannels,
      .firstQ = left >= 0 ? 0 : (-left + strideW - 1) / strideW,
      .endQ = W - left <= 0 ? 0 : min(Q, (W - left + strideW - 1) / strideW),
      .xRow = W * xChannels,
      .yRow = Q * yChannels,
      .H = H,
      .P = P};
  global const float* xs = x + left * xChannels + group * C;  // (N,H,W,xChannels) from the group's first channel on
  global const float* ys = dy + group * K;                    // (N,P,Q,yChannels) from its first filter on
  global float* to = parts + ((long)get_global_id(2) * taps + tap) * C * yChannels + group * K;  // (C,yChannels)
  const int blocks = (endC - firstC + CHANNELS - 1) / CHANNELS;
  const int shares = blocks * ((endK - firstK + BLOCK - 1) / BLOCK);
  // Where others read the same rows, or parts of them, they are near; one pass reads along memory, which needs no help.
  const bool asks = tap == 0 && slice >= xChannels && strip >= yChannels && shares > 1;
  for (int row = begin; row < end; row += rowsPerChunk) {
    const int stop = min(end, row + rowsPerChunk);
    const int ahead = asks && stop < rows ? rowsPerChunk : 0;
    for (int share = 0; share < shares; share++) {
      const int k = firstK + share / blocks * BLOCK;
      const int c = firstC + share % blocks * CHANNELS;
      const Share xAhead = share_of(strideH * element.xRow, share, shares);
      const Share yAhead = share_of(element.yRow, share, shares);
      global float* at = to + (long)c * yChannels + k;
      if (k + BLOCK <= K) {
        add_chunk(xs + c, ys + k, at, element, row, stop, endC - c, BLOCK, true, yChannels, row > begin, ahead, xAhead,
                  yAhead);
      } else {
        add_chunk(xs + c, ys + k, at, element, row, stop, endC - c, K - k, false, yChannels, row > begin, ahead, xAhead,
                  yAhead);
      }
    }
  }
}

// dweight[i] = sum over parts of parts[part,i], in order. get_global_id: 0 = vector of elements.
kernel void convolution_blocked_sum(
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
