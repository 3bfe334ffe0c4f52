// Group normalisation of samples of `rows` rows of `channels`, whose channels fall into `groups` of neighbours:
//   y = (x - mean) inverse weight + bias,  inverse = 1 / sqrt(variance + epsilon), of each sample and group
//   p = dy weight;  dx = inverse (p - mean p - (x - mean) inverse^2 mean(p (x - mean))), means over the group
//   dbias = sum dy;  dweight = sum dy (x - mean) inverse, over samples and rows
// Layer-norm of whole images is one row: each element is a channel.
//
// One work-group of group_norm_forward and _backward: sample get_group_id(1) and slice get_group_id(0) of the channels,
// which is one group, or as many whole groups as one vector holds. One work-item: the vectors `across` apart from
// get_local_id(0) % across on, of the rows that are as many apart as there are items for a vector. CPU drivers get one
// item, whose slice stays in a near cache while it is read again.
// Sums run along an item's rows and vectors, over the items as sum_groups says, then along the lanes of a group.
// No barrier stands in a loop or behind a condition: PoCL 3.1 compiles such kernels for minutes.
//
// Mean and variance are taken in two passes, of which the second also finds what rounding left of the differences to
// the mean, and corrects both (Chan, Golub, LeVeque 1983): no E[x^2] - E[x]^2 is formed.

#include "vector.clh"

#define FOLD 16

// Adds up the lanes of each group, which has `span` of them: each lane gets the sum of its group.
inline FLOATV sum_lanes(const FLOATV value, const int span) {
  if (span == VECTOR) {
    return (FLOATV)(sum_of(value));
  }
  float part[VECTOR];
  STOREV(value, part);
  for (int first = 0; first < VECTOR; first += span) {
    const int end = min(VECTOR, first + span);
    float sum = 0.0f;
    for (int lane = first; lane < end; lane++) {
      sum += part[lane];
    }
    for (int lane = first; lane < end; lane++) {
      part[lane] = sum;
    }
  }
  return LOADV(part);
}

// Adds up the vectors of all work-items, every FOLD-th first, and then the lanes of each group.
inline FLOATV sum_groups(const FLOATV value, const int span, local float* shared) {
  const int item = (int)get_local_id(0);
  const int items = (int)get_local_size(0);
  STOREV(value, shared + item * VECTOR);
  barrier(CLK_LOCAL_MEM_FENCE);
  FLOATV folded = value;
  for (int other = item < FOLD ? item + FOLD : items; other < items; other += FOLD) {
    folded += LOADV(shared + other * VECTOR);
  }
  // The first FOLD places are read by nobody before this barrier.
  if (item < FOLD) {
    STOREV(folded, shared + item * VECTOR);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  FLOATV sum = 0.0f;
  for (int other = 0; other < min(items, FOLD); other++) {
    sum += LOADV(shared + other * VECTOR);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  return sum_lanes(sum, span);
}

// The numbers of the groups of VECTOR channels from `channel` on; channels behind the last group get its number.
inline FLOATV of_groups(
    global const float* numbers, const int channel, const int groupChannels, const int groups) {
  const int group = channel / groupChannels;
  if (channel + VECTOR <= (group + 1) * groupChannels) {
    return (FLOATV)(numbers[group]);
  }
  float part[VECTOR];
  for (int lane = 0; lane < VECTOR; lane++) {
    part[lane] = numbers[min((channel + lane) / groupChannels, groups - 1)];
  }
  return LOADV(part);
}

// As load_part, but with the lanes of `rest` behind the elements.
inline FLOATV load_or(global const float* from, const int count, const FLOATV rest) {
  if (count >= VECTOR) {
    return LOADV(from);
  }
  float part[VECTOR];
  STOREV(rest, part);
  for (int i = 0; i < VECTOR; i++) {
    part[i] = i < count ? from[i] : part[i];
  }
  return LOADV(part);
}

// What a work-item has of a slice.
typedef struct {
  size_t at;   // of the slice's first element in a tensor of samples
  int begin;   // the slice's first channel
  int width;   // its channels
  int span;    // lanes of a group in a vector: all, or where a vector holds several groups, their channels
  int column;  // the item's first channel, from begin on
  int step;    // channels to its next
  int row;     // its first row
  int rowStep;
} Part;

inline Part part_of(const int rows, const int channels, const int groups, const int sliceGroups, const int across) {
  const int groupChannels = channels / groups;
  const int item = (int)get_local_id(0);
  const int lanes = (int)get_local_size(0) / across;
  Part part;
  part.begin = (int)get_group_id(0) * sliceGroups * groupChannels;
  part.width = min(sliceGroups * groupChannels, channels - part.begin);
  part.at = get_group_id(1) * (size_t)rows * channels + part.begin;
  part.span = sliceGroups == 1 ? VECTOR : groupChannels;
  part.column = item % across * VECTOR;
  part.step = across * VECTOR;
  // Items that make up no whole lane of rows have none.
  part.row = item < lanes * across ? item / across : rows;
  part.rowStep = lanes;
  return part;
}

kernel void group_norm_forward(
    global const float* x,       // (N,rows,channels) read
    global const float* weight,  // (channels) read; null without
    global const float* bias,    // (channels) read; null without
    global float* y,             // (N,rows,channels) overwritten; may be x
    global float* saved,         // (2,N,groups) overwritten: mean, inverse; null if not wanted
    local float* shared,         // (group size,VECTOR) overwritten
    const int affine,
    const int save,
    const int rows,
    const int channels,
    const int groups,
    const int sliceGroups,
    const int across,  // at most the group size
    const float epsilon) {
  const Part part = part_of(rows, channels, groups, sliceGroups, across);
  const float share = 1.0f / ((float)rows * (channels / groups));
  FLOATV sum = 0.0f;
  for (int row = part.row; row < rows; row += part.rowStep) {
    global const float* from = x + part.at + (size_t)row * channels;
    for (int c = part.column; c < part.width; c += part.step) {
      sum += load_part(from + c, part.width - c);
    }
  }
  const FLOATV guess = sum_groups(sum, part.span, shared) * share;
  FLOATV left = 0.0f;
  FLOATV squares = 0.0f;
  for (int row = part.row; row < rows; row += part.rowStep) {
    global const float* from = x + part.at + (size_t)row * channels;
    for (int c = part.column; c < part.width; c += part.step) {
      const FLOATV difference = load_or(from + c, part.width - c, guess) - guess;
      left += difference;
      squares += difference * difference;
    }
  }
  const FLOATV drift = sum_groups(left, part.span, shared) * share;
  const FLOATV mean = guess + drift;
  const FLOATV variance = sum_groups(squares, part.span, shared) * share - drift * drift;
  const FLOATV inverse = 1.0f / sqrt(variance + epsilon);
  for (int row = part.row; row < rows; row += part.rowStep) {
    const size_t at = part.at + (size_t)row * channels;
    for (int c = part.column; c < part.width; c += part.step) {
      const int count = part.width - c;
      FLOATV value = (load_part(x + at + c, count) - mean) * inverse;
      if (affine) {
        value = value * load_part(weight + part.begin + c, count) + load_part(bias + part.begin + c, count);
      }
      store_part(value, y + at + c, count);
    }
  }
  if (save && get_local_id(0) == 0) {
    const size_t count = get_num_groups(1) * groups;
    const size_t first = get_group_id(1) * groups + get_group_id(0) * sliceGroups;
    float means[VECTOR];
    float inverses[VECTOR];
    STOREV(mean, means);
    STOREV(inverse, inverses);
    for (int group = 0; group < part.width / (channels / groups); group++) {
      saved[first + group] = means[group * part.span];
      saved[count + first + group] = inverses[group * part.span];
    }
  }
}

kernel void group_norm_backward(
    global const float* x,       // (N,rows,channels) read
    global const float* weight,  // (channels) read; null without
    global const float* dy,      // (N,rows,channels) read
    global const float* saved,   // (2,N,groups) read: mean, inverse
    global float* sums,          // (2,N,lanes,channels) overwritten: sum dy, sum dy (x - mean); null if not wanted
    global float* dx,            // (N,rows,channels) overwritten; may be dy; null if not wanted
    local float* shared,         // (group size,VECTOR) overwritten
    const int affine,
    const int wantSums,
    const int wantDx,
    const int rows,
    const int channels,
    const int groups,
    const int sliceGroups,
    const int across) {  // at most the group size; lanes = group size / across
  const Part part = part_of(rows, channels, groups, sliceGroups, across);
  const int groupChannels = channels / groups;
  const size_t n = get_group_id(1);
  const size_t samples = get_num_groups(1);
  const FLOATV mean = of_groups(saved + n * groups, part.begin, groupChannels, groups);
  FLOATV sum = 0.0f;
  FLOATV product = 0.0f;
  for (int c = part.row < rows ? part.column : part.width; c < part.width; c += part.step) {
    const int count = part.width - c;
    FLOATV columnSum = 0.0f;
    FLOATV columnProduct = 0.0f;
    for (int row = part.row; row < rows; row += part.rowStep) {
      const size_t at = part.at + (size_t)row * channels + c;
      const FLOATV slope = load_part(dy + at, count);
      columnSum += slope;
      columnProduct += slope * (load_or(x + at, count, mean) - mean);
    }
    if (wantSums) {
      const size_t at = (n * part.rowStep + part.row) * channels + part.begin + c;
      store_part(columnSum, sums + at, count);
      store_part(columnProduct, sums + samples * part.rowStep * channels + at, count);
    }
    const FLOATV factor = affine ? load_part(weight + part.begin + c, count) : (FLOATV)(1.0f);
    sum += columnSum * factor;
    product += columnProduct * factor;
  }
  const FLOATV inverse = of_groups(saved + (samples + n) * groups, part.begin, groupChannels, groups);
  const float share = 1.0f / ((float)rows * groupChannels);
  const FLOATV level = sum_groups(sum, part.span, shared) * share;
  const FLOATV tilt = sum_groups(product, part.span, shared) * inverse * inverse * share;
  for (int row = wantDx ? part.row : rows; row < rows; row += part.rowStep) {
    const size_t at = part.at + (size_t)row * channels;
    for (int c = part.column; c < part.width; c += part.step) {
      const int count = part.width - c;
      FLOATV slope = load_part(dy + at + c, count);
      if (affine) {
        slope *= load_part(weight + part.begin + c, count);
      }
      store_part(inverse * (slope - level - (load_part(x + at + c, count) - mean) * tilt), dx + at + c, count);
    }
  }
}

// One work-group: `across` vectors of channels. One work-item: a vector, and those of the N lanes rows of sums that are
// as many apart as there are items for it. Sums run along an item's rows, then over the items in order.
kernel void group_norm_parameters(
    global const float* sums,   // (2,N,lanes,channels) read, of dy and of dy (x - mean); where there is one row, dy
    global const float* x,      // (N,channels) read; null where there are more rows
    global const float* saved,  // (2,N,groups) read: mean, inverse
    global float* dweight,      // (channels) overwritten
    global float* dbias,        // (channels) overwritten
    local float* shared,        // (2,group size,VECTOR) overwritten
    const int oneRow,
    const int samples,
    const int lanes,
    const int channels,
    const int groups,
    const int across) {  // at most the group size
  const int groupChannels = channels / groups;
  const int item = (int)get_local_id(0);
  const int items = (int)get_local_size(0);
  const int step = items / across;
  const int c = ((int)get_group_id(0) * across + item % across) * VECTOR;
  const int count = channels - c;
  FLOATV sum = 0.0f;
  FLOATV product = 0.0f;
  for (int row = count > 0 && item < step * across ? item / across : samples * lanes; row < samples * lanes;
       row += step) {
    global const float* numbers = saved + (size_t)(row / lanes) * groups;
    const size_t at = (size_t)row * channels + c;
    const FLOATV slope = load_part(sums + at, count);
    const FLOATV value = oneRow ? slope * (load_part(x + at, count) - of_groups(numbers, c, groupChannels, groups))
                                : load_part(sums + (size_t)samples * lanes * channels + at, count);
    sum += slope;
    product += value * of_groups(numbers + (size_t)samples * groups, c, groupChannels, groups);
  }
  STOREV(sum, shared + item * VECTOR);
  STOREV(product, shared + (items + item) * VECTOR);
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int other = item < across ? item + across : items; other < items; other += across) {
    sum += LOADV(shared + other * VECTOR);
    product += LOADV(shared + (items + other) * VECTOR);
  }
  if (item < across) {
    store_part(sum, dbias + c, count);
    store_part(product, dweight + c, count);
  }
}
