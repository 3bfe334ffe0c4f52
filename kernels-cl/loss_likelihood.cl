// Negative log-likelihood of each sample with the gradient of its mean over the batch (formula:
// dev.gabor.backend.Loss).
// One work-group: the sample n = get_group_id(0). One work-item: some of its vectors of classes, as in rows.clh. Sums
// run along each lane of an item's vectors, over the lanes, then over the items as in group.clh.

#include "vector.clh"
#include "group.clh"
#include "rows.clh"
#include "loss.clh"

kernel void loss_likelihood(
    global const float* prediction,  // (N,C) read
    global const float* target,      // (N) read
    global const float* class_weights,  // (C) read, or null for ones
    global float* losses,            // (N) overwritten
    global float* dprediction,       // (N,C) overwritten, or null; may be prediction
    local float* shared,             // (local size) overwritten
    const int classes,
    const int stream) {              // whether dprediction is too large for the caches
  const size_t n = get_group_id(0);
  const size_t begin = n * classes;
  const int hard = known_class(target[n], classes);
  const float batch = batch_scale(target, class_weights, (int)get_num_groups(0), classes, shared);
  const float weight = class_weights ? batch * class_weights[max(hard, 0)] : 1.0f;
  if (get_local_id(0) == 0) {
    losses[n] = hard < 0 ? NAN : -weight * prediction[begin + hard];
  }
  // The gradient may overwrite what item 0 has just read.
  barrier(CLK_GLOBAL_MEM_FENCE);
  if (dprediction) {
    const float slope = -weight / (float)get_num_groups(0);
    for (int c = FIRST_OF_ROW(begin); c < classes; c += ROW_STEP) {
      const FLOATV result = select((FLOATV)(0.0f), (FLOATV)(slope), numbers_from(c) == (INTV)(hard));
      put_of_row(hard < 0 ? (FLOATV)(NAN) : result, dprediction + begin, c, classes, stream);
    }
  }
}
