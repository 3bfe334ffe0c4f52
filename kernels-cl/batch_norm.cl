// Batch normalisation of x as a matrix of rows (N H W) by channels, with optional residual z and ReLU:
//   y = relu?(gamma (x - mean) inverse + beta + z?),  inverse = 1 / sqrt(variance + epsilon)
//   g = dy where y > 0 (ReLU) or dy;  dz = g;  dbeta = sum g;  dgamma = inverse sum g (x - mean)
//   dx = gamma inverse (g - dbeta / rows - (x - mean) inverse dgamma / rows)
//
// Rows are dealt to lanes: lane l has the rows l laneStride + k rowStep, k from 0 to below rowsPerLane. CPUs get
// consecutive rows, GPUs interleaved ones, so that neighbouring work-items read neighbouring bytes.
// One work-item of a row kernel: lane get_global_id(1), vectors of VECTOR channels from get_global_id(0) on in steps of
// get_global_size(0); the last vector does what is left singly. Groups share nothing.
// One work-item of a finish kernel: channel get_global_id(0), every get_local_size(1)-th lane; the first of a
// channel then merges what its group found. All orders are fixed: rows in tiles of TILE, tiles, lanes, items.
//
// Mean and squares (the sum of squared differences to the mean) are taken of a tile in registers in two passes and
// merged by Chan, Golub, LeVeque 1979: no bytes are read twice and no E[x^2] - E[x]^2 is formed.

#ifndef VECTOR
#define VECTOR 16  // channels of one load: 4, 8 or 16
#endif

#define TILE 8

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define floatv JOIN(float, VECTOR)
#define VLOAD JOIN(vload, VECTOR)
#define VSTORE JOIN(vstore, VECTOR)

// `width` floats, the rest of the vector 0.
inline floatv load(global const float* from, const int width) {
  if (width >= VECTOR) {
    return VLOAD(0, from);
  }
  float part[VECTOR];
  for (int i = 0; i < VECTOR; i++) {
    part[i] = i < width ? from[i] : 0.0f;
  }
  return VLOAD(0, part);
}

inline void store(const floatv value, global float* to, const int width) {
  if (width >= VECTOR) {
    VSTORE(value, 0, to);
    return;
  }
  float part[VECTOR];
  VSTORE(value, 0, part);
  // Constant bounds, so that the array stays in registers once unrolled.
  for (int i = 0; i < VECTOR; i++) {
    if (i < width) {
      to[i] = part[i];
    }
  }
}

// How many rows a lane has.
inline int rows_of(const int lane, const int rows, const int laneStride, const int rowStep, const int rowsPerLane) {
  return min(rowsPerLane, (rows - 1 - lane * laneStride) / rowStep + 1);
}

kernel void batch_norm_statistics(
    global const float* x,   // (rows, channels) read
    global float* partial,   // (2, lanes, channels) overwritten: mean, squares
    const int rows,
    const int channels,
    const int lanes,
    const int laneStride,
    const int rowStep,
    const int rowsPerLane) {
  const int lane = (int)get_global_id(1);
  if (lane >= lanes) {
    return;
  }
  const int count = rows_of(lane, rows, laneStride, rowStep, rowsPerLane);
  const size_t step = (size_t)rowStep * channels;
  for (int c = (int)get_global_id(0) * VECTOR; c < channels; c += (int)get_global_size(0) * VECTOR) {
    const int width = min(VECTOR, channels - c);
    global const float* from = x + (size_t)lane * laneStride * channels + c;
    floatv mean = 0.0f;
    floatv squares = 0.0f;
    int done = 0;
    for (; done + TILE <= count; done += TILE, from += TILE * step) {
      floatv tile[TILE];
      floatv sum = 0.0f;
      for (int k = 0; k < TILE; k++) {
        tile[k] = load(from + k * step, width);
        sum += tile[k];
      }
      const floatv tileMean = sum * (1.0f / TILE);
      floatv tileSquares = 0.0f;
      for (int k = 0; k < TILE; k++) {
        const floatv difference = tile[k] - tileMean;
        tileSquares += difference * difference;
      }
      const floatv delta = tileMean - mean;
      const float share = (float)TILE / (done + TILE);
      mean += delta * share;
      squares += tileSquares + delta * delta * (done * share);
    }
    for (; done < count; done++, from += step) {
      const floatv delta = load(from, width) - mean;
      const float share = 1.0f / (done + 1);
      mean += delta * share;
      squares += delta * delta * (done * share);
    }
    store(mean, partial + (size_t)lane * channels + c, width);
    store(squares, partial + (size_t)(lanes + lane) * channels + c, width);
  }
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
    global const float* partial,    // (2, lanes, channels) read: mean, squares
    global float* saved,            // (2, channels) overwritten: mean, inverse
    global float* runningMean,      // (channels) added to
    global float* runningVariance,  // (channels) added to
    local float* shared,            // (3, group size) overwritten: count, mean, squares
    const int rows,
    const int channels,
    const int lanes,
    const int laneStride,
    const int rowStep,
    const int rowsPerLane,
    const float epsilon,
    const float momentum) {
  const int c = (int)get_global_id(0);
  const int items = (int)get_local_size(1);
  const int size = (int)get_local_size(0) * items;
  const int me = (int)(get_local_id(1) * get_local_size(0) + get_local_id(0));
  Statistics all = {0.0f, 0.0f, 0.0f};
  if (c < channels) {
    for (int lane = (int)get_local_id(1); lane < lanes; lane += items) {
      const size_t at = (size_t)lane * channels + c;
      const float count = rows_of(lane, rows, laneStride, rowStep, rowsPerLane);
      const Statistics one = {count, partial[at], partial[at + (size_t)lanes * channels]};
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
  saved[c] = all.mean;
  saved[channels + c] = 1.0f / sqrt(all.squares / rows + epsilon);
  runningMean[c] = (1.0f - momentum) * runningMean[c] + momentum * all.mean;
  runningVariance[c] = (1.0f - momentum) * runningVariance[c] + momentum * (all.squares / (rows - 1));
}

// The rows of one lane and one vector of channels: y = relu?((x - mean) slope + shift + z?).
inline void normalise_rows(
    global const float* x,
    global const float* z,
    global float* y,
    const size_t first,
    const size_t step,
    const int count,
    const int width,
    const floatv mean,
    const floatv slope,
    const floatv shift,
    const int residual,
    const int relu) {
  size_t at = first;
  for (int i = 0; i < count; i++, at += step) {
    floatv value = (load(x + at, width) - mean) * slope + shift;
    if (residual) {
      value += load(z + at, width);
    }
    // Not fmax, which would turn a NaN into 0 and hide it.
    store(relu ? select(value, (floatv)(0.0f), value < 0.0f) : value, y + at, width);
  }
}

kernel void batch_norm_train(
    global const float* x,      // (rows, channels) read
    global const float* z,      // (rows, channels) read; null without residual
    global const float* gamma,  // (channels) read
    global const float* beta,   // (channels) read
    global const float* saved,  // (2, channels) read: mean, inverse
    global float* y,            // (rows, channels) overwritten; may be z
    const int residual,
    const int relu,
    const int rows,
    const int channels,
    const int lanes,
    const int laneStride,
    const int rowStep,
    const int rowsPerLane) {
  const int lane = (int)get_global_id(1);
  if (lane >= lanes) {
    return;
  }
  const int count = rows_of(lane, rows, laneStride, rowStep, rowsPerLane);
  for (int c = (int)get_global_id(0) * VECTOR; c < channels; c += (int)get_global_size(0) * VECTOR) {
    const int width = min(VECTOR, channels - c);
    const floatv slope = load(gamma + c, width) * load(saved + channels + c, width);
    normalise_rows(x, z, y, (size_t)lane * laneStride * channels + c, (size_t)rowStep * channels, count, width,
                   load(saved + c, width), slope, load(beta + c, width), residual, relu);
  }
}

kernel void batch_norm_infer(
    global const float* x,                // (rows, channels) read
    global const float* z,                // (rows, channels) read; null without residual
    global const float* gamma,            // (channels) read
    global const float* beta,             // (channels) read
    global const float* runningMean,      // (channels) read
    global const float* runningVariance,  // (channels) read
    global float* y,                      // (rows, channels) overwritten; may be x or z
    const float epsilon,
    const int residual,
    const int relu,
    const int rows,
    const int channels,
    const int lanes,
    const int laneStride,
    const int rowStep,
    const int rowsPerLane) {
  const int lane = (int)get_global_id(1);
  if (lane >= lanes) {
    return;
  }
  const int count = rows_of(lane, rows, laneStride, rowStep, rowsPerLane);
  for (int c = (int)get_global_id(0) * VECTOR; c < channels; c += (int)get_global_size(0) * VECTOR) {
    const int width = min(VECTOR, channels - c);
    const floatv slope = load(gamma + c, width) / sqrt(load(runningVariance + c, width) + epsilon);
    normalise_rows(x, z, y, (size_t)lane * laneStride * channels + c, (size_t)rowStep * channels, count, width,
                   load(runningMean + c, width), slope, load(beta + c, width), residual, relu);
  }
}

// g at one place.
inline floatv masked(
    global const float* dy, global const float* y, const size_t at, const int width, const int relu) {
  const floatv value = load(dy + at, width);
  return relu ? select((floatv)(0.0f), value, load(y + at, width) > 0.0f) : value;
}

kernel void batch_norm_sums(
    global const float* x,      // (rows, channels) read
    global const float* y,      // (rows, channels) read; null without ReLU
    global const float* dy,     // (rows, channels) read
    global const float* saved,  // (2, channels) read: mean, inverse
    global float* partial,      // (2, lanes, channels) overwritten: sum g, sum g (x - mean)
    const int relu,
    const int rows,
    const int channels,
    const int lanes,
    const int laneStride,
    const int rowStep,
    const int rowsPerLane) {
  const int lane = (int)get_global_id(1);
  if (lane >= lanes) {
    return;
  }
  const int count = rows_of(lane, rows, laneStride, rowStep, rowsPerLane);
  const size_t step = (size_t)rowStep * channels;
  for (int c = (int)get_global_id(0) * VECTOR; c < channels; c += (int)get_global_size(0) * VECTOR) {
    const int width = min(VECTOR, channels - c);
    const floatv mean = load(saved + c, width);
    size_t at = (size_t)lane * laneStride * channels + c;
    floatv sum = 0.0f;
    floatv product = 0.0f;
    for (int done = 0; done < count; done += TILE) {
      // Tiles are summed apart, so that a long lane loses fewer bits.
      floatv tileSum = 0.0f;
      floatv tileProduct = 0.0f;
      for (int k = 0; k < min(TILE, count - done); k++, at += step) {
        const floatv g = masked(dy, y, at, width, relu);
        tileSum += g;
        tileProduct += g * (load(x + at, width) - mean);
      }
      sum += tileSum;
      product += tileProduct;
    }
    store(sum, partial + (size_t)lane * channels + c, width);
    store(product, partial + (size_t)(lanes + lane) * channels + c, width);
  }
}

kernel void batch_norm_finish_sums(
    global const float* partial,  // (2, lanes, channels) read: sum g, sum g (x - mean)
    global const float* saved,    // (2, channels) read: mean, inverse
    global float* dgamma,         // (channels) overwritten
    global float* dbeta,          // (channels) overwritten
    local float* shared,          // (2, group size) overwritten: both sums
    const int channels,
    const int lanes) {
  const int c = (int)get_global_id(0);
  const int items = (int)get_local_size(1);
  const int size = (int)get_local_size(0) * items;
  const int me = (int)(get_local_id(1) * get_local_size(0) + get_local_id(0));
  float sum = 0.0f;
  float product = 0.0f;
  if (c < channels) {
    for (int lane = (int)get_local_id(1); lane < lanes; lane += items) {
      const size_t at = (size_t)lane * channels + c;
      sum += partial[at];
      product += partial[at + (size_t)lanes * channels];
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

kernel void batch_norm_backward(
    global const float* x,       // (rows, channels) read
    global const float* y,       // (rows, channels) read; null without ReLU
    global const float* gamma,   // (channels) read
    global const float* dy,      // (rows, channels) read
    global const float* saved,   // (2, channels) read: mean, inverse
    global const float* dgamma,  // (channels) read
    global const float* dbeta,   // (channels) read
    global float* dx,            // (rows, channels) overwritten; may be dy; null if not wanted
    global float* dz,            // (rows, channels) overwritten; may be dy unless dx is; null if not wanted
    const int wantDx,
    const int wantDz,
    const int relu,
    const int rows,
    const int channels,
    const int lanes,
    const int laneStride,
    const int rowStep,
    const int rowsPerLane) {
  const int lane = (int)get_global_id(1);
  if (lane >= lanes) {
    return;
  }
  const int count = rows_of(lane, rows, laneStride, rowStep, rowsPerLane);
  const size_t step = (size_t)rowStep * channels;
  const float part = 1.0f / rows;
  for (int c = (int)get_global_id(0) * VECTOR; c < channels; c += (int)get_global_size(0) * VECTOR) {
    const int width = min(VECTOR, channels - c);
    const floatv mean = load(saved + c, width);
    const floatv inverse = load(saved + channels + c, width);
    const floatv slope = load(gamma + c, width) * inverse;
    const floatv share = load(dbeta + c, width) * part;
    const floatv tilt = load(dgamma + c, width) * inverse * part;
    size_t at = (size_t)lane * laneStride * channels + c;
    for (int i = 0; i < count; i++, at += step) {
      const floatv g = masked(dy, y, at, width, relu);
      if (wantDz) {
        store(g, dz + at, width);
      }
      if (wantDx) {
        store(slope * (g - share - (load(x + at, width) - mean) * tilt), dx + at, width);
      }
    }
  }
}
