// Losses of elements with the gradient of their mean over the batch (formulas: dev.gabor.backend.Loss).
// One work-group: the sample n = get_group_id(0). One work-item: some of its vectors of elements, as in rows.clh. Sums
// run along each lane of an item's vectors, in runs of 64, over the lanes, then over the items as in group.clh.

#include "vector.clh"
#include "functions.clh"
#include "group.clh"
#include "rows.clh"

#define LOSS_MEAN_SQUARED_ERROR 0
#define LOSS_L1 1
#define LOSS_HUBER 2
#define LOSS_BINARY_CROSS_ENTROPY_WITH_LOGITS 3

#define RUN 64

FLOATV element_loss(const int kind, const FLOATV x, const FLOATV t, const float delta) {
  const FLOATV distance = fabs(x - t);
  switch (kind) {
    case LOSS_MEAN_SQUARED_ERROR:
      return distance * distance;
    case LOSS_L1:
      return distance;
    case LOSS_HUBER:
      return select(
          delta * (distance - 0.5f * delta), 0.5f * distance * distance, distance <= (FLOATV)(delta));
    default:
      return at_least(x, 0.0f) - x * t + log_1_plus_vector(exp_of_negative_vector(-fabs(x)));
  }
}

FLOATV element_slope(const int kind, const FLOATV x, const FLOATV t, const float delta) {
  const FLOATV difference = x - t;
  switch (kind) {
    case LOSS_MEAN_SQUARED_ERROR:
      return 2.0f * difference;
    case LOSS_L1:
      // Neither 1 nor -1 where it is 0 or NaN.
      return select(select(difference, (FLOATV)(1.0f), difference > (FLOATV)(0.0f)), (FLOATV)(-1.0f),
                    difference < (FLOATV)(0.0f));
    case LOSS_HUBER:
      return at_most(at_least(difference, -delta), delta);
    default: {
      // The sigmoid by the exponential that the loss computes, too.
      const FLOATV exponential = exp_of_negative_vector(-fabs(x));
      return select(exponential, (FLOATV)(1.0f), x > (FLOATV)(0.0f)) / (1.0f + exponential) - t;
    }
  }
}

kernel void loss_elements(
    global const float* prediction,  // (N,elements) in memory order, read
    global const float* target,      // (N,elements) read
    global float* losses,            // (N) overwritten
    global float* dprediction,       // (N,elements) overwritten, or null; may be prediction
    local float* shared,             // (local size) overwritten
    const int elements,
    const int stream,                // whether dprediction is too large for the caches
    const int kind,
    const float delta) {
  const size_t n = get_group_id(0);
  const size_t begin = n * elements;
  const float scale = 1.0f / (float)elements / (float)get_num_groups(0);
  FLOATV sums = (FLOATV)(0.0f);
  for (int c = FIRST_OF_ROW(begin); c < elements;) {
    const int end = min((long)elements, c + (long)RUN * ROW_STEP);
    FLOATV run = (FLOATV)(0.0f);
    for (; c < end; c += ROW_STEP) {
      const FLOATV x = load_of_row(prediction + begin, c, elements, 0.0f);
      const FLOATV t = load_of_row(target + begin, c, elements, 0.0f);
      run += of_row(element_loss(kind, x, t, delta), c, elements);
      if (dprediction) {
        put_of_row(element_slope(kind, x, t, delta) * scale, dprediction + begin, c, elements, stream);
      }
    }
    sums += run;
  }
  const float sum = group_sum(sum_of(sums), shared);
  if (get_local_id(0) == 0) {
    losses[n] = sum / (float)elements;
  }
}
