// Inverted dropout y = x keep / (1 - p), forward and backward alike; no mask is stored.
// keep of index i: unit float of word i % 4 of Philox block i / 4 is at least p, which is the word itself being at
// least `least`. Nothing is summed, groups share nothing.

#include "vector.clh"
#include "philox.clh"

// The smallest word whose unit float is at least p: exact, as a float of [0, 1) times 2^24 is.
inline uint least_word(const float p) {
  return (uint)ceil(p * 0x1p24f) << 8;
}

// One work-item: the 4 elements of block get_global_id(0), in memory order, which is (N,H,W,C) for images.
kernel void dropout_elements(
    global const float* x,  // (size) read
    global float* y,        // (size) overwritten; may be x
    const int size,
    const float p,
    const float scale,      // 1 / (1 - p)
    const ulong seed,
    const ulong stream) {
  const int block = (int)get_global_id(0);
  if (block > (size - 1) / 4) {
    return;
  }
  const int first = 4 * block;
  const uint least = least_word(p);
  const uint4 words = philox_block(seed, stream, (ulong)block);
  if (size - first >= 4) {
    vstore4(select((float4)(0.0f), vload4(0, x + first) * scale, words >= least), 0, y + first);
  } else {
    const uint word[4] = {words.s0, words.s1, words.s2, words.s3};
    for (int i = first; i < size; i++) {
      y[i] = word[i - first] >= least ? x[i] * scale : 0.0f;
    }
  }
}

// One work-item: the 4 planes (n,c) of block get_global_id(0), that is n C + c from 4 block on, at every
// get_global_size(1)-th pixel from get_global_id(1) on.
kernel void dropout_channels(
    global const float* x,  // (images, area, channels) read
    global float* y,        // (images, area, channels) overwritten; may be x
    const int planes,       // images times channels
    const int channels,
    const int area,
    const float p,
    const float scale,      // 1 / (1 - p)
    const ulong seed,
    const ulong stream) {
  const int block = (int)get_global_id(0);
  if (block > (planes - 1) / 4) {
    return;
  }
  const uint4 words = philox_block(seed, stream, (ulong)block);
  const uint word[4] = {words.s0, words.s1, words.s2, words.s3};
  const uint least = least_word(p);
  const int first = 4 * block;
  const int count = min(4, planes - first);
  for (int pixel = (int)get_global_id(1); pixel < area; pixel += (int)get_global_size(1)) {
    for (int k = 0; k < count; k++) {
      const int plane = first + k;
      const int image = plane / channels;
      const int i = (image * area + pixel) * channels + (plane - image * channels);
      y[i] = word[k] >= least ? x[i] * scale : 0.0f;
    }
  }
}

#if VECTOR == 16

// The same for CPU drivers, which have vectors for 8 blocks at once.

// One work-item: the 128 elements of blocks from 32 get_global_id(0) on.
kernel void dropout_runs(
    global const float* x,  // (size) read
    global float* y,        // (size) overwritten; may be x
    const int size,
    const int past,         // whether y is too large for the caches
    const float p,
    const float scale,      // 1 / (1 - p)
    const ulong seed,
    const ulong stream) {
  const int first = (int)get_global_id(0) * 128;
  const uint least = least_word(p);
  uint16 words[2 * PHILOX_CHAINS];
  philox_blocks(PHILOX_CHAINS, seed, stream, (ulong)((uint)get_global_id(0) * 32), words);
  if (size - first >= 128) {
#pragma unroll
    for (int i = 0; i < 8; i++) {
      PREFETCH(x + first + 16 * i + 1024);
      const float16 value = vload16(i, x + first) * scale;
      put_part(select((float16)(0.0f), value, words[i] >= least), y + first + 16 * i, 16, past);
    }
  } else {
    uint word[128];
#pragma unroll
    for (int i = 0; i < 8; i++) {
      vstore16(words[i], i, word);
    }
    for (int i = first; i < size; i++) {
      y[i] = word[i - first] >= least ? x[i] * scale : 0.0f;
    }
  }
}

// Channels whose words are kept at a time.
#define KEPT 512

// One work-item: of image get_global_id(0) so many pixels from get_global_id(1) times as many on.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void dropout_rows(
    global const float* x,  // (images, area, channels) read
    global float* y,        // (images, area, channels) overwritten; may be x
    const int channels,
    const int area,
    const int pixels,       // of a work-item
    const int past,         // whether y is too large for the caches; then channels are a multiple of 16
    const float p,
    const float scale,      // 1 / (1 - p)
    const ulong seed,
    const ulong stream) {
  const uint least = least_word(p);
  uint words[KEPT + 32];
  const int begin = (int)get_global_id(1) * pixels;
  const int end = min(area, begin + pixels);
  const int image = (int)get_global_id(0);
  for (int c = 0; c < channels; c += KEPT) {
    const int count = min(KEPT, channels - c);
    const long plane = (long)image * channels + c;
    // Where the words of these channels begin in those of the first block.
    const int lead = (int)(plane % 4);
    for (int i = 0; i < lead + count; i += 32) {
      uint16 drawn[2];
      philox_blocks(1, seed, stream, (ulong)(uint)(plane / 4 + i / 4), drawn);
      vstore16(drawn[0], 0, words + i);
      vstore16(drawn[1], 1, words + i);
    }
    for (int pixel = begin; pixel < end; pixel++) {
      const long at = ((long)image * area + pixel) * channels + c;
      for (int i = 0; i < count; i += 16) {
        const float16 value = load_part(x + at + i, count - i) * scale;
        PREFETCH(x + at + i + 1024);
        const uint16 word = vload16(0, words + lead + i);
        put_part(select((float16)(0.0f), value, word >= least), y + at + i, count - i, past);
      }
    }
  }
}

#endif
