// Inverted dropout y = x keep / (1 - p), forward and backward alike; no mask is stored.
// keep of index i: unit float of word i % 4 of Philox block i / 4 is at least p. Nothing is summed, groups share nothing.

#include "philox.clh"

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
  const float4 unit = philox_unit(philox_block(seed, stream, (ulong)block));
  if (size - first >= 4) {
    vstore4(select((float4)(0.0f), vload4(0, x + first) * scale, unit >= p), 0, y + first);
  } else {
    const float lane[4] = {unit.s0, unit.s1, unit.s2, unit.s3};
    for (int i = first; i < size; i++) {
      y[i] = lane[i - first] >= p ? x[i] * scale : 0.0f;
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
  const float4 unit = philox_unit(philox_block(seed, stream, (ulong)block));
  const float lane[4] = {unit.s0, unit.s1, unit.s2, unit.s3};
  const int first = 4 * block;
  const int count = min(4, planes - first);
  for (int pixel = (int)get_global_id(1); pixel < area; pixel += (int)get_global_size(1)) {
    for (int k = 0; k < count; k++) {
      const int plane = first + k;
      const int image = plane / channels;
      const int i = (image * area + pixel) * channels + (plane - image * channels);
      y[i] = lane[k] >= p ? x[i] * scale : 0.0f;
    }
  }
}
