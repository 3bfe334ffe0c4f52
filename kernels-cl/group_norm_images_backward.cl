// The gradients of group normalisation of images (group_norm_images.clh).
//
// One work-item: image get_global_id(1), of which it sums dy and dy (x - mean), and then writes dx. Two tensors of two
// images would be too much for the caches.
//
// Two cores of an EPYC 9005 with PoCL, of a copy's bandwidth: images of 200 KB 86 %, images of 3.2 MB, which come from
// the last cache the second time, 70 to 78 %.

#include "group_norm_images.clh"

// Adds rows, a tile at most, to the sums of dy and dy (x - mean); the tile by itself first, so that a large image loses
// fewer bits.
INLINED void add_gradients(
    global const float* x,   // (count, step) read, of each row vectors of width channels
    global const float* dy,  // (count, step) read, likewise
    const FLOATV* mean,      // (vectors) read
    FLOATV* sum,             // (vectors) added to
    FLOATV* product,         // (vectors) added to
    const size_t step,
    const int count,
    const int vectors,
    const int width) {
  FLOATV tileSum[VECTORS];
  FLOATV tileProduct[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    tileSum[v] = 0.0f;
    tileProduct[v] = 0.0f;
  }
  for (int k = 0; k < count; k++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      const size_t at = k * step + v * VECTOR;
      const FLOATV slope = load_part(dy + at, width);
      tileSum[v] += slope;
      tileProduct[v] += slope * (load_part(x + at, width) - mean[v]);
    }
  }
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    sum[v] += tileSum[v];
    product[v] += tileProduct[v];
  }
}

INLINED void sums_of_block(
    global const float* x,     // (count, channels) read, from the chunk's and block's begin on
    global const float* dy,    // (count, channels) read, likewise
    local const float* means,  // (block) read
    local float* sums,         // (block) added to: dy
    local float* products,     // (block) added to: dy (x - mean)
    const size_t step,
    const int count,
    const int vectors,
    const int width) {
  FLOATV mean[VECTORS];
  FLOATV sum[VECTORS];
  FLOATV product[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    mean[v] = LOADV(means + v * VECTOR);
    sum[v] = LOADV(sums + v * VECTOR);
    product[v] = LOADV(products + v * VECTOR);
  }
  for (int row = 0; row < count; row += TILE) {
    const size_t at = row * step;
    add_gradients(x + at, dy + at, mean, sum, product, step, min(TILE, count - row), vectors, width);
  }
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    STOREV(sum[v], sums + v * VECTOR);
    STOREV(product[v], products + v * VECTOR);
  }
}

INLINED void gradient_of_block(
    global const float* x,       // (count, channels) read, from the chunk's and block's begin on
    global const float* dy,      // (count, channels) read, likewise
    global float* dx,            // (count, channels) overwritten, likewise; may be dy
    local const float* factors,  // (4, room) read, from the block on, as finish_group leaves them
    const int room,
    const int stream,
    const size_t step,
    const int count,
    const int vectors,
    const int width) {
  FLOATV mean[VECTORS];
  FLOATV slope[VECTORS];
  FLOATV level[VECTORS];
  FLOATV tilt[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    mean[v] = LOADV(factors + v * VECTOR);
    slope[v] = LOADV(factors + room + v * VECTOR);
    level[v] = LOADV(factors + 2 * room + v * VECTOR);
    tilt[v] = LOADV(factors + 3 * room + v * VECTOR);
  }
  for (int row = 0; row < count; row++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      const size_t at = row * step + v * VECTOR;
      const FLOATV difference = load_part(x + at, width) - mean[v];
      const FLOATV value = load_part(dy + at, width) * slope[v] - level[v] - difference * tilt[v];
      put_part(value, dx + at, width, stream);
    }
  }
}

// From the sums of a group's channels to what dx = slope dy - level - tilt (x - mean) needs of each: the mean is there.
inline void finish_group(
    local float* factors,        // (4, room) from the group's first channel on: mean read; slope, level, tilt written
    local float* sums,           // (count) read: dy; overwritten
    local float* products,       // (count) read: dy (x - mean); overwritten
    global const float* weight,  // (count) read; null without
    const int affine,
    const int room,
    const int count,
    const int rows,
    const float inverse) {
  const float share = 1.0f / ((float)rows * count);
  for (int k = 0; k < count; k++) {
    const float factor = affine ? weight[k] : 1.0f;
    sums[k] *= factor;
    products[k] *= factor;
    factors[room + k] = inverse * factor;
  }
  fill(factors + 2 * room, count, sum_of_numbers(sums, count) * inverse * share);
  fill(factors + 3 * room, count, sum_of_numbers(products, count) * inverse * inverse * inverse * share);
}

__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void group_norm_images_backward(
    global const float* x,       // (N,rows,channels) read
    global const float* weight,  // (channels) read; null without
    global const float* dy,      // (N,rows,channels) read
    global const float* saved,   // (2,N,groups) read: mean, inverse
    global float* sums,          // (2,N,channels) overwritten: sum dy, sum dy (x - mean); null if not wanted
    global float* dx,            // (N,rows,channels) overwritten; may be dy; null if not wanted
    local float* numbers,        // (6, sliceChannels in vectors) overwritten
    const int affine,
    const int wantSums,
    const int wantDx,
    const int stream,            // whether dx is too large for the caches; then slices are whole vectors
    const int rows,
    const int channels,
    const int groups,
    const int sliceChannels,
    const int chunk) {           // rows, a multiple of TILE
  const int groupChannels = channels / groups;
  const int begin = (int)get_global_id(0) * sliceChannels;
  const int wide = min(sliceChannels, channels - begin);
  const int room = (sliceChannels + VECTOR - 1) / VECTOR * VECTOR;
  const size_t image = get_global_id(1);
  const size_t images = get_global_size(1);
  local float* ofChannels = numbers + 4 * room;
  local float* products = numbers + 5 * room;
  fill(numbers, 6 * room, 0.0f);
  global const float* means = saved + image * groups + begin / groupChannels;
  for (int c = 0; c < wide; c += groupChannels) {
    fill(numbers + c, groupChannels, means[c / groupChannels]);
  }
  const size_t first = image * rows * channels + begin;
  for (int row = 0; row < rows; row += chunk) {
    const int count = min(chunk, rows - row);
    const size_t at = first + (size_t)row * channels;
    FOR_BLOCKS(wide, sums_of_block(x + at + c, dy + at + c, numbers + c, ofChannels + c, products + c, channels, count,
                                   vectors, width))
  }
  for (int c = 0; wantSums && c < wide; c++) {
    const size_t at = image * channels + begin + c;
    sums[at] = ofChannels[c];
    sums[images * channels + at] = products[c];
  }
  if (!wantDx) {
    return;
  }
  for (int c = 0; c < wide; c += groupChannels) {
    finish_group(numbers + c, ofChannels + c, products + c, weight + begin + c, affine, room, groupChannels, rows,
                 means[images * groups + c / groupChannels]);
  }
  for (int end = rows; end > 0; end -= chunk) {
    const int row = max(0, end - chunk);
    const size_t at = first + (size_t)row * channels;
    FOR_BLOCKS(wide, gradient_of_block(x + at + c, dy + at + c, dx + at + c, numbers + c, room, stream, channels,
                                       end - row, vectors, width))
  }
}
