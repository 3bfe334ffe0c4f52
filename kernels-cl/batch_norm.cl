// Batch normalisation of x as a matrix of rows (N H W) by channels, with optional residual z and ReLU:
//   y = relu?(gamma (x - mean) inverse + beta + z?),  inverse = 1 / sqrt(variance + epsilon)
// Rows are dealt as batch_norm.clh says.
//
// Statistics are mean and squares, taken and merged as moments.clh says.

#include "batch_norm.clh"

INLINED void statistics_of_block(
    global const float* from,   // (rows, columns) read, from the lane's first row and the block's first column on
    global float* means,        // (columns of the block) overwritten
    global float* all_squares,  // (columns of the block) overwritten
    const size_t step,
    const int count,
    const int vectors,
    const int width) {
  FLOATV pivot[VECTORS];
  FLOATV offset[VECTORS];
  FLOATV squares[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    pivot[v] = load_part(from + v * VECTOR, width);
    offset[v] = 0.0f;
    squares[v] = 0.0f;
  }
  int done = 0;
  for (; done + TILE <= count; done += TILE, from += TILE * step) {
    add_tile(from, step, done, vectors, width, pivot, offset, squares);
  }
  for (; done < count; done++, from += step) {
    add_row(from, done, vectors, width, pivot, offset, squares);
  }
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    store_part(pivot[v] + offset[v], means + v * VECTOR, width);
    store_part(squares[v], all_squares + v * VECTOR, width);
  }
}

kernel void batch_norm_statistics(
    global const float* x,   // (rows, columns) read
    global float* partial,   // (2, lanes, columns) overwritten: mean, squares
    ROWS_AS_DEALT) {
  TAKE_LANE;
  global const float* from = x + first;                               // (rows, columns) from the lane's first
  global float* means = partial + (size_t)lane * columns;             // (columns)
  global float* squares = partial + (size_t)(lanes + lane) * columns;  // (columns)
  FOR_BLOCKS(statistics_of_block(from + c, means + c, squares + c, step, count, vectors, width))
}

typedef struct {
  float count;
  float mean;
  float squares;
} Statistics;

// The statistics of the values of a and b together.
inline Statistics merge(const Statistics a, const Statistics b) {
  if (b.count == 0.0f) {
    return a;
  }
  const float total = a.count + b.count;
  const float share = b.count / total;
  const float delta = b.mean - a.mean;
  const Statistics both = {total, a.mean + delta * share, a.squares + b.squares + delta * delta * (a.count * share)};
  return both;
}

kernel void batch_norm_finish_statistics(
    global const float* partial,    // (2, parts, channels) read: mean, squares
    global float* saved,            // (2, channels) overwritten: mean, inverse
    global float* runningMean,      // (channels) added to
    global float* runningVariance,  // (channels) added to
    local float* shared,            // (3, group size) overwritten: count, mean, squares
    ROWS_AS_DEALT,
    const float epsilon,
    const float momentum) {
  TAKE_CHANNEL;
  const int folds = columns / channels;
  const int parts = lanes * folds;
  Statistics all = {0.0f, 0.0f, 0.0f};
  if (c < channels) {
    for (int part = (int)get_local_id(1); part < parts; part += items) {
      const size_t at = (size_t)part * channels + c;
      const float count = rows_of(part / folds, rows, laneStride, rowStep, rowsPerLane);
      const Statistics one = {count, partial[at], partial[at + (size_t)parts * channels]};
      all = merge(all, one);
    }
  }
  shared[me] = all.count;
  shared[size + me] = all.mean;
  shared[2 * size + me] = all.squares;
  barrier(CLK_LOCAL_MEM_FENCE);
  if (c >= channels || get_local_id(1) > 0) {
    return;
  }
  for (int item = 1; item < items; item++) {
    const int at = item * (int)get_local_size(0) + me;
    const Statistics one = {shared[at], shared[size + at], shared[2 * size + at]};
    all = merge(all, one);
  }
  const int values = rows * folds;
  saved[c] = all.mean;
  saved[channels + c] = 1.0f / sqrt(all.squares / values + epsilon);
  runningMean[c] = (1.0f - momentum) * runningMean[c] + momentum * all.mean;
  runningVariance[c] = (1.0f - momentum) * runningVariance[c] + momentum * (all.squares / (values - 1));
}

// The rows of one lane and one block of channels: y = relu?((x - mean) slope + shift + z?).
INLINED void normalise_block(
    global const float* x,  // (rows, columns) read
    global const float* z,  // (rows, columns) read; null without residual
    global float* y,        // (rows, columns) overwritten; may be x or z
    const size_t first,
    const size_t step,
    const int count,
    const int vectors,
    const int width,
    const FLOATV* mean,   // (vectors) read
    const FLOATV* slope,  // (vectors) read
    const FLOATV* shift,  // (vectors) read
    const int residual,
    const int relu,
    const int stream) {
  size_t at = first;
  for (int i = 0; i < count; i++, at += step) {
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      const size_t here = at + v * VECTOR;
      FLOATV value = normalised(load_part(x + here, width), mean[v], slope[v], shift[v]);
      if (residual) {
        value += load_part(z + here, width);
      }
      // Not fmax, which would turn a NaN into 0 and hide it.
      put_part(relu ? select(value, (FLOATV)(0.0f), value < 0.0f) : value, y + here, width, stream);
    }
  }
}

INLINED void train_block(
    global const float* x,         // (rows, columns) read
    global const float* z,         // (rows, columns) read; null without residual
    global const float* gamma,     // (channels) read
    global const float* beta,      // (channels) read
    global const float* means,     // (channels) read
    global const float* inverses,  // (channels) read
    global float* y,               // (rows, columns) overwritten; may be z
    const size_t first,
    const size_t step,
    const int count,
    const int c,
    const int channels,
    const int vectors,
    const int width,
    const int residual,
    const int relu,
    const int stream) {
  FLOATV mean[VECTORS];
  FLOATV slope[VECTORS];
  FLOATV shift[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    const int column = c + v * VECTOR;
    mean[v] = of_channels(means, column, channels, width);
    slope[v] = of_channels(gamma, column, channels, width) * of_channels(inverses, column, channels, width);
    shift[v] = of_channels(beta, column, channels, width);
  }
  normalise_block(x, z, y, first + c, step, count, vectors, width, mean, slope, shift, residual, relu, stream);
}

kernel void batch_norm_train(
    global const float* x,      // (rows, columns) read
    global const float* z,      // (rows, columns) read; null without residual
    global const float* gamma,  // (channels) read
    global const float* beta,   // (channels) read
    global const float* saved,  // (2, channels) read: mean, inverse
    global float* y,            // (rows, columns) overwritten; may be z
    const int residual,
    const int relu,
    const int stream,           // whether y is too large for the caches
    ROWS_AS_DEALT) {
  TAKE_LANE;
  FOR_BLOCKS(train_block(x, z, gamma, beta, saved, saved + channels, y, first, step, count, c, channels, vectors, width,
                         residual, relu, stream))
}

kernel void batch_norm_train_at_once(
    global const float* x,          // (rows, columns) read
    global const float* z,          // (rows, columns) read; null without residual
    global const float* gamma,      // (columns) read; null without y
    global const float* beta,       // (columns) read; null without y
    global float* saved,            // (2, columns) overwritten: mean, inverse
    global float* runningMean,      // (columns) added to
    global float* runningVariance,  // (columns) added to
    global float* y,                // (rows, columns) overwritten; may be z; null if not wanted
    const float epsilon,
    const float momentum,
    const int wantY,
    const int residual,
    const int relu,
    const int stream,               // whether y is too large for the caches
    const int rows,
    const int columns) {
  TAKE_VECTOR;
  global float* means = saved;               // (columns)
  global float* inverses = saved + columns;  // (columns)
  statistics_of_block(x + c, means + c, inverses + c, columns, rows, vectors, width);
  const FLOATV mean = load_part(means + c, width);
  const FLOATV squares = load_part(inverses + c, width);
  const FLOATV ran = (1.0f - momentum) * load_part(runningMean + c, width);
  const FLOATV varied = (1.0f - momentum) * load_part(runningVariance + c, width);
  store_part(1.0f / sqrt(squares / rows + epsilon), inverses + c, width);
  store_part(ran + momentum * mean, runningMean + c, width);
  store_part(varied + momentum * (squares / (rows - 1)), runningVariance + c, width);
  if (wantY) {
    train_block(x, z, gamma, beta, means, inverses, y, 0, columns, rows, c, columns, vectors, width, residual, relu, stream);
  }
}

INLINED void infer_block(
    global const float* x,          // (rows, columns) read
    global const float* z,          // (rows, columns) read; null without residual
    global const float* gamma,      // (channels) read
    global const float* beta,       // (channels) read
    global const float* means,      // (channels) read
    global const float* variances,  // (channels) read
    global float* y,                // (rows, columns) overwritten; may be x or z
    const float epsilon,
    const size_t first,
    const size_t step,
    const int count,
    const int c,
    const int channels,
    const int vectors,
    const int width,
    const int residual,
    const int relu,
    const int stream) {
  FLOATV mean[VECTORS];
  FLOATV slope[VECTORS];
  FLOATV shift[VECTORS];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    const int column = c + v * VECTOR;
    const FLOATV deviation = sqrt(of_channels(variances, column, channels, width) + epsilon);
    mean[v] = of_channels(means, column, channels, width);
    slope[v] = of_channels(gamma, column, channels, width) / deviation;
    shift[v] = of_channels(beta, column, channels, width);
  }
  normalise_block(x, z, y, first + c, step, count, vectors, width, mean, slope, shift, residual, relu, stream);
}

kernel void batch_norm_infer(
    global const float* x,                // (rows, columns) read
    global const float* z,                // (rows, columns) read; null without residual
    global const float* gamma,            // (channels) read
    global const float* beta,             // (channels) read
    global const float* runningMean,      // (channels) read
    global const float* runningVariance,  // (channels) read
    global float* y,                      // (rows, columns) overwritten; may be x or z
    const float epsilon,
    const int residual,
    const int relu,
    const int stream,                     // whether y is too large for the caches
    ROWS_AS_DEALT) {
  TAKE_LANE;
  FOR_BLOCKS(infer_block(x, z, gamma, beta, runningMean, runningVariance, y, epsilon, first, step, count, c, channels,
                         vectors, width, residual, relu, stream))
}
