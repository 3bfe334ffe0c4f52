// What a training step reports: which samples are answered rightly, and the sum of their losses.
// One work-group: the sample n = get_group_id(0), unless its kernel says otherwise. One work-item: some of its vectors
// of classes, as in rows.clh.

#include "vector.clh"
#include "group.clh"
#include "rows.clh"

// The number of the first largest element of a row; 0 where that is NaN. Exact below 2^24.
float first_largest(global const float* row, const int first, const int length, local float* shared) {
  const float largest = largest_of_row(row, first, length, shared);
  INTV found = (INTV)(length);
  for (int c = first; c < length; c += ROW_STEP) {
    const INTV at = numbers_from(c);
    const FLOATV value = load_of_row(row, c, length, NAN);
    found = min(found, select((INTV)(length), at, value == (FLOATV)(largest)));
  }
  const float number = -group_max(max_of(-JOIN(convert_, FLOATV)(found)), shared);
  return isnan(row[0]) ? 0.0f : number;
}

// correct[n] = whether the largest prediction is that of the target's class, 1 or 0.
kernel void loss_correct(
    global const float* prediction,  // (N,C) read
    global const float* target,      // (N) classes or (N,C) probabilities, read
    global float* correct,           // (N) overwritten
    local float* shared,             // (local size) overwritten
    const int classes,
    const int probabilities) {
  const size_t n = get_group_id(0);
  const size_t begin = n * classes;
  const int first = FIRST_OF_ROW(begin);
  const float wanted = probabilities ? first_largest(target + begin, first, classes, shared) : target[n];
  const float found = first_largest(prediction + begin, first, classes, shared);
  if (get_local_id(0) == 0) {
    correct[n] = found == wanted ? 1.0f : 0.0f;
  }
}

// One work-group for all samples; one work-item: the samples from get_local_id(0) on, local size apart.
kernel void loss_summary(
    global const float* losses,   // (N) read
    global const float* correct,  // (N) read, or null
    global float* history,        // (slots,2) row slot overwritten
    local float* shared,          // (local size) overwritten
    const int samples,
    const int slot) {
  const int item = (int)get_local_id(0);
  const int items = (int)get_local_size(0);
  float sum = 0.0f;
  float hits = 0.0f;
  for (int n = item; n < samples; n += items) {
    sum += losses[n];
    hits += correct ? correct[n] : 0.0f;
  }
  sum = group_sum(sum, shared);
  hits = group_sum(hits, shared);
  if (item == 0) {
    history[2 * (size_t)slot] = sum / (float)samples;
    history[2 * (size_t)slot + 1] = hits;
  }
}
