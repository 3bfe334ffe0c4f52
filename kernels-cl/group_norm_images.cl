// Group normalisation of images (group_norm_images.clh): memory is read once and written once.
//
// One work-item: of the images as many as there are in a turn, from get_global_id(1) times as many on. A sweep writes
// an image whose sums are known, and reads the next one and sums its mean and squares (moments.clh): so reading and
// writing take memory's time together, and what a sweep writes comes from the caches, where the sweep before left it.
//
// Two cores of an EPYC 9005 with PoCL, of a copy's bandwidth: images of 200 KB 95 %, images of 3.2 MB, which come from
// the last cache the second time, 73 to 79 %.

#include "group_norm_images.clh"

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
