// Cross-entropy of classes, not smoothed, with its gradient, as in loss_cross_entropy.cl, in a pipeline of rows as in
// softmax_rows.clh. One work-item a group: rowsPerGroup samples.

#include "vector.clh"
#include "functions.clh"
#include "group.clh"
#include "rows.clh"
#include "softmax_rows.clh"
#include "loss.clh"

kernel void loss_cross_entropy_pipelined(
    global const float* prediction,     // (N,C) read
    global const float* target,         // (N) classes, read
    global const float* class_weights,  // (C) read, or null for ones
    global float* losses,               // (N) overwritten
    global float* dprediction,          // (N,C) overwritten, or null; may be prediction
    local float* shared,                // (1) overwritten
    local FLOATV* values,               // (C in vectors) overwritten
    local FLOATV* terms,                // (C in vectors) overwritten
    const int rows, const int rowsPerGroup,
    const int classes) {
  const int first = (int)get_group_id(0) * rowsPerGroup;
  const int end = min(rows, first + rowsPerGroup);
  const float batch = batch_scale(target, class_weights, rows, classes, shared);
  float largest = 0.0f;
  Stored stored = {1.0f, 0.0f, -1, 0.0f};
  for (int row = first; row < end + 2; row++) {
    // Behind the last row it is read again, for nothing.
    global const float* from = prediction + (long)min(row, end - 1) * classes;       // (C)
    global float* to = dprediction ? dprediction + (long)(row - 2) * classes : 0;    // (C), from the third turn on
    FLOATV highest;
    FLOATV sums;
    turn_of_rows(from, to, values, terms, classes, row > first, to && row > first + 1, 0, largest, stored,
                 &highest, &sums);
    if (row > first && row <= end) {
      const int n = row - 1;
      const int hard = known_class(target[n], classes);
      const float weight = hard < 0 ? NAN : class_weights ? class_weights[hard] * batch : 1.0f;
      const float sum = sum_of(sums);
      losses[n] = weight * (largest - prediction[(size_t)n * classes + max(hard, 0)]) + weight * log(sum);
      stored.scale = weight / sum / (float)rows;
      stored.place = hard;
      stored.less = weight / (float)rows;
    }
    largest = max_of(highest);
  }
}
