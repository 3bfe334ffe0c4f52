// Group normalisation of images, as group_norm.cl has the formulas, for CPU drivers: memory is read once and written
// once.
//
// One work-item of the forward kernel: of the images as many as there are in a turn, from get_global_id(1) times as
// many on, slice get_global_id(0) of the channels, which is so many whole groups. It goes over its part in sweeps. A
// sweep writes an image whose sums are known, and reads the next one and sums it: so reading and writing take memory's
// time together, and what a sweep writes comes from the caches, where the sweep before left it.
//
// A sweep goes over chunks of rows, so large that they are worth it and so small that they stay in a near cache, and
// within a chunk over blocks of VECTORS vectors of channels; every other one backwards, since what was read last is
// nearest. Forward it sums mean and squares of each channel (moments.clh), backward dy and dy (x - mean), in tiles of
// rows; then the channels of a group are added, every VECTOR-th by itself. Groups share nothing.
//
// Two cores of an EPYC 9005 with PoCL, of a copy's bandwidth: images of 200 KB 95 % forward and 86 % backward, images
// of 3.2 MB, which come from the last cache the second time, 73 to 79 and 70 to 78 %.

#include "moments.clh"

// Runs CALL for each block of so many channels, with c, its first channel, `vectors`, how many vectors it has, and
// `width`, the channels of each: both are constants in a full block.
#define FOR_BLOCKS(CHANNELS, CALL)                          \
  for (int block = 0; block < CHANNELS; block += BLOCK) {   \
    if (block + BLOCK <= CHANNELS) {                        \
      const int c = block;                                  \
      const int vectors = VECTORS;                          \
      const int width = VECTOR;                             \
      CALL;                                                 \
    } else {                                                \
      for (int c = block; c < CHANNELS; c += VECTOR) {      \
        const int vectors = 1;                              \
        const int width = min(VECTOR, CHANNELS - c);        \
        CALL;                                               \
      }                                                     \
    }                                                       \
  }

// The sum of count numbers.
inline float sum_of_numbers(local const float* numbers, const int count) {
  FLOATV sums = 0.0f;
  int i = 0;
  for (; i + VECTOR <= count; i += VECTOR) {
    sums += LOADV(numbers + i);
  }
  float sum = count < VECTOR ? 0.0f : sum_of(sums);
  for (; i < count; i++) {
    sum += numbers[i];
  }
  return sum;
}

inline void fill(local float* numbers, const int count, const float value) {
  for (int i = 0; i < count; i++) {
    numbers[i] = value;
  }
}

typedef struct {
  float mean;
  float inverse;
} Moments;

// Of a group of channels, each with a mean of pivot + offset and squares, both over its rows.
inline Moments moments_of_group(
    local const float* pivots,   // (count) read
    local const float* offsets,  // (count) read
    local const float* squares,  // (count) read
    const int count,
    const int rows,
    const float epsilon) {
  const float share = 1.0f / count;
  const float guess = sum_of_numbers(pivots, count) * share;
  FLOATV lefts = 0.0f;
  FLOATV spreads = 0.0f;
  int i = 0;
  for (; i + VECTOR <= count; i += VECTOR) {
    const FLOATV difference = (LOADV(pivots + i) - guess) + LOADV(offsets + i);
    lefts += difference;
    spreads += difference * difference;
  }
  float left = count < VECTOR ? 0.0f : sum_of(lefts);
  float spread = count < VECTOR ? 0.0f : sum_of(spreads);
  for (; i < count; i++) {
    const float difference = (pivots[i] - guess) + offsets[i];
    left += difference;
    spread += difference * difference;
  }
  // The mean of the differences corrects both (Chan, Golub, LeVeque 1983).
  const float drift = left * share;
  const float variance = (sum_of_numbers(squares, count) / rows + spread) * share - drift * drift;
  const Moments moments = {guess + drift, 1.0f / sqrt(variance + epsilon)};
  return moments;
}

// What all blocks of a sweep share.
typedef struct {
  int reads;    // whether there is an image to sum
  int writes;   // whether there is one before it to write
  int done;     // rows of the chunks before
  int count;    // rows of the chunk
  size_t back;  // elements from the image that is written to the one that is read
  size_t step;  // elements from a row to the next
  int affine;
  int stream;
} Sweep;

// Asks for a row of a tile soon to come: of the image that is read, which lies in memory, and of the one that is
// written, which lies in a far cache. What computes and stores in between keeps the CPU from fetching far ahead by
// itself.
INLINED void fetch_ahead(global const float* row, const Sweep sweep, const int vectors) {
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    if (sweep.reads) {
      PREFETCH(row + 2 * TILE * sweep.step + v * VECTOR);
    }
    PREFETCH(row + TILE * sweep.step - sweep.back + v * VECTOR);
  }
}

INLINED void normalise_row(
    global const float* x,  // (vectors of width channels) read
    global float* y,        // (vectors of width channels) overwritten; may be x
    const FLOATV* mean,     // (vectors) read
    const FLOATV* slope,    // (vectors) read
    const FLOATV* shift,    // (vectors) read
    const int vectors,
    const int width,
    const int stream) {
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    const FLOATV value = (load_part(x + v * VECTOR, width) - mean[v]) * slope[v] + shift[v];
    put_part(value, y + v * VECTOR, width, stream);
  }
}

INLINED void forward_block(
    const Sweep sweep,
    global const float* x,       // (rows, channels) read, from the chunk's and block's begin on; the image to sum
    global const float* weight,  // (block) read; null without
    global const float* bias,    // (block) read; null without
    global float* y,             // (rows, channels) overwritten, from the same place on, in the image before
    local const float* means,    // (block) read, of the image that is written
    local const float* inverses, // (block) read, of the image that is written
    local float* next,           // (3, room) added to, of the block in the image that is read: pivot, offset, squares
    const int room,
    const int vectors,
    const int width) {
  FLOATV mean[VECTORS];
  FLOATV slope[VECTORS];
  FLOATV shift[VECTORS];
  FLOATV pivot[VECTORS];
  FLOATV offset[VECTORS];
  FLOATV squares[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    mean[v] = LOADV(means + v * VECTOR);
    slope[v] = LOADV(inverses + v * VECTOR);
    shift[v] = 0.0f;
    if (sweep.affine) {
      slope[v] *= load_part(weight + v * VECTOR, width);
      shift[v] = load_part(bias + v * VECTOR, width);
    }
    if (sweep.done > 0) {
      pivot[v] = LOADV(next + v * VECTOR);
      offset[v] = LOADV(next + room + v * VECTOR);
      squares[v] = LOADV(next + 2 * room + v * VECTOR);
    } else {
      pivot[v] = sweep.reads ? load_part(x + v * VECTOR, width) : (FLOATV)(0.0f);
      offset[v] = 0.0f;
      squares[v] = 0.0f;
    }
  }
  int row = 0;
  for (; row + TILE <= sweep.count; row += TILE) {
    global const float* from = x + row * sweep.step;
    if (sweep.writes) {
      for (int k = 0; k < TILE; k++) {
        fetch_ahead(from + k * sweep.step, sweep, vectors);
        normalise_row(from + k * sweep.step - sweep.back, y + (row + k) * sweep.step, mean, slope, shift, vectors,
                      width, sweep.stream);
      }
    }
    if (sweep.reads) {
      add_tile(from, sweep.step, sweep.done + row, vectors, width, pivot, offset, squares);
    }
  }
  for (; row < sweep.count; row++) {
    global const float* from = x + row * sweep.step;
    if (sweep.writes) {
      normalise_row(from - sweep.back, y + row * sweep.step, mean, slope, shift, vectors, width, sweep.stream);
    }
    if (sweep.reads) {
      add_row(from, sweep.done + row, vectors, width, pivot, offset, squares);
    }
  }
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    STOREV(pivot[v], next + v * VECTOR);
    STOREV(offset[v], next + room + v * VECTOR);
    STOREV(squares[v], next + 2 * room + v * VECTOR);
  }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void group_norm_images_forward(
    global const float* x,       // (N,rows,channels) read
    global const float* weight,  // (channels) read; null without
    global const float* bias,    // (channels) read; null without
    global float* y,             // (N,rows,channels) overwritten; may be x
    global float* saved,         // (2,N,groups) overwritten: mean, inverse; null if not wanted
    local float* numbers,        // (5, sliceChannels in vectors) overwritten
    const int affine,
    const int save,
    const int stream,            // whether y is too large for the caches; then slices are whole vectors
    const int images,
    const int turn,              // images of a work-item
    const int rows,
    const int channels,
    const int groups,
    const int sliceChannels,
    const int chunk,             // rows, a multiple of TILE
    const float epsilon) {
  const int groupChannels = channels / groups;
  const int begin = (int)get_global_id(0) * sliceChannels;
  const int wide = min(sliceChannels, channels - begin);
  const int room = (sliceChannels + VECTOR - 1) / VECTOR * VECTOR;
  local float* means = numbers;
  local float* inverses = numbers + room;
  local float* next = numbers + 2 * room;
  fill(numbers, 5 * room, 0.0f);
  const size_t size = (size_t)rows * channels;
  const int first = (int)get_global_id(1) * turn;
  const int end = min(images, first + turn);
  for (int image = first; image <= end; image++) {
    for (int row = 0; row < rows; row += chunk) {
      const int count = min(chunk, rows - row);
      const int place = (image - first) % 2 == 0 ? row : rows - row - count;
      const Sweep sweep = {image < end, image > first, row, count, size, channels, affine, stream};
      const size_t at = image * size + (size_t)place * channels + begin;
      FOR_BLOCKS(wide, forward_block(sweep, x + at + c, weight + begin + c, bias + begin + c, y + at + c - size,
                                     means + c, inverses + c, next + c, room, vectors, width))
    }
    for (int c = 0; image < end && c < wide; c += groupChannels) {
      const Moments moments =
          moments_of_group(next + c, next + room + c, next + 2 * room + c, groupChannels, rows, epsilon);
      fill(means + c, groupChannels, moments.mean);
      fill(inverses + c, groupChannels, moments.inverse);
      if (save) {
        const size_t at = (size_t)image * groups + (begin + c) / groupChannels;
        saved[at] = moments.mean;
        saved[(size_t)images * groups + at] = moments.inverse;
      }
    }
  }
}

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

// One work-item: slice get_global_id(0) of image get_global_id(1), which it sums and then writes. Two tensors of two
// images would be too much for the caches.
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
