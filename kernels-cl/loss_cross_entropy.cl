// Cross-entropy of each sample with the gradient of its mean over the batch (formula: dev.gabor.backend.Loss). With
// soft targets the term of class c counts its class weight.
// One work-group: the sample n = get_group_id(0). One work-item: some of its vectors of classes, as in rows.clh. Sums
// run along each lane of an item's vectors, over the lanes, then over the items as in group.clh.

#include "vector.clh"
#include "functions.clh"
#include "group.clh"
#include "rows.clh"
#include "loss.clh"

// What a work-group's sample should be: probabilities, or a class.
typedef struct {
  global const float* soft;     // (C) probabilities, or null
  int hard;                     // the class of known_class() where there are no probabilities
  global const float* weights;  // (C) of the classes, or null for ones
  float batch;                  // the factor of batch_scale()
  float smoothing;
  int classes;
} Wanted;

// Of all work-items together.
Wanted wanted_of_sample(
    global const float* target,
    global const float* class_weights,
    const int classes,
    const int probabilities,
    const float smoothing,
    local float* shared) {
  const size_t n = get_group_id(0);
  Wanted wanted;
  wanted.soft = probabilities ? target + n * classes : 0;
  wanted.hard = probabilities ? 0 : known_class(target[n], classes);
  wanted.weights = class_weights;
  wanted.batch = batch_scale(target, probabilities ? 0 : class_weights, (int)get_num_groups(0), classes, shared);
  wanted.smoothing = smoothing;
  wanted.classes = classes;
  return wanted;
}

// The weights of the terms from class c on, 0 beyond the classes.
FLOATV term_weights(const Wanted wanted, const int c) {
  FLOATV share = (FLOATV)(NAN);
  if (wanted.soft) {
    share = load_of_row(wanted.soft, c, wanted.classes, 0.0f);
  } else if (wanted.hard >= 0) {
    share = select((FLOATV)(0.0f), (FLOATV)(1.0f), numbers_from(c) == (INTV)(wanted.hard));
  }
  share = (1.0f - wanted.smoothing) * share + wanted.smoothing / (float)wanted.classes;
  if (wanted.weights) {
    share *= load_of_row(wanted.weights, c, wanted.classes, 0.0f) * wanted.batch;
  }
  return of_row(share, c, wanted.classes);
}

// A sum of thousands of small terms beside a large one, with what rounding takes from it (Kahan 1965).
typedef struct {
  FLOATV sum, lost;
} LongSum;

inline void add_to(LongSum* all, const FLOATV term) {
  const FLOATV wanted = term - all->lost;
  const FLOATV sum = all->sum + wanted;
  all->lost = select((FLOATV)(0.0f), (sum - all->sum) - wanted, fabs(sum) < (FLOATV)(INFINITY));
  all->sum = sum;
}

// Both kernels: the loss is Σ weight (log Σ exp(x - m) - (x - m)), m being the largest x: nothing cancels where its two
// parts are summed apart.

// Keeps the row in local memory: the prediction is read once, and each exponential is computed once.
kernel void loss_cross_entropy(
    global const float* prediction,  // (N,C) read
    global const float* target,      // (N) classes or (N,C) probabilities, read
    global const float* class_weights,  // (C) read, or null for ones
    global float* losses,            // (N) overwritten
    global float* dprediction,       // (N,C) overwritten, or null; may be prediction
    local float* shared,             // (local size) overwritten
    local FLOATV* kept,              // (C in vectors, and one vector) overwritten
    const int classes,
    const int stream,                // whether dprediction is too large for the caches
    const int probabilities,
    const float smoothing) {
  const size_t n = get_group_id(0);
  const size_t begin = n * classes;
  const int first = FIRST_OF_ROW(begin);
  global const float* x = prediction + begin;
  const Wanted wanted = wanted_of_sample(target, class_weights, classes, probabilities, smoothing, shared);
  // Where one term counts alone: its weight, and its prediction before the gradient may overwrite it.
  const int alone = !probabilities && smoothing == 0.0f;
  const int hard = wanted.hard;
  const float weight_alone = hard < 0 ? NAN : class_weights ? class_weights[hard] * wanted.batch : 1.0f;
  const float x_alone = x[max(hard, 0)];
  const float largest = keep_row(x, first, classes, kept, shared);

  float below = weight_alone * (largest - x_alone);
  float weights = weight_alone;
  if (!alone) {
    LongSum belows = {(FLOATV)(0.0f), (FLOATV)(0.0f)};
    LongSum weight_sums = {(FLOATV)(0.0f), (FLOATV)(0.0f)};
    for (int c = first, i = FIRST_KEPT; c < classes; c += ROW_STEP, i += KEPT_STEP) {
      const FLOATV weight = term_weights(wanted, c);
      add_to(&belows, of_row(weight * (largest - kept[i]), c, classes));
      add_to(&weight_sums, weight);
    }
    below = group_sum(sum_of(belows.sum), shared);
    weights = group_sum(sum_of(weight_sums.sum), shared);
  }
  FLOATV sums = (FLOATV)(0.0f);
  for (int c = first, i = FIRST_KEPT; c < classes; c += ROW_STEP, i += KEPT_STEP) {
    const FLOATV exponential = exp_of_negative_vector(kept[i] - largest);
    kept[i] = exponential;
    sums += exponential;
    PREFETCH(x + classes + c);
  }
  const float sum = group_sum(sum_of(sums), shared);
  if (get_local_id(0) == 0) {
    losses[n] = below + weights * log(sum);
  }
  if (dprediction) {
    const float share = weights / sum;
    const float scale = 1.0f / (float)get_num_groups(0);
    for (int c = first, i = FIRST_KEPT; c < classes; c += ROW_STEP, i += KEPT_STEP) {
      const FLOATV weight = alone ? select((FLOATV)(0.0f), (FLOATV)(weight_alone), numbers_from(c) == (INTV)(hard))
                                  : term_weights(wanted, c);
      put_of_row((kept[i] * share - weight) * scale, dprediction + begin, c, classes, stream);
    }
  }
}

// Rows of any length.
kernel void loss_cross_entropy_plain(
    global const float* prediction,  // (N,C) read
    global const float* target,      // (N) classes or (N,C) probabilities, read
    global const float* class_weights,  // (C) read, or null for ones
    global float* losses,            // (N) overwritten
    global float* dprediction,       // (N,C) overwritten, or null; may be prediction
    local float* shared,             // (local size) overwritten
    const int classes,
    const int stream,                // whether dprediction is too large for the caches
    const int probabilities,
    const float smoothing) {
  const size_t n = get_group_id(0);
  const size_t begin = n * classes;
  const int first = FIRST_OF_ROW(begin);
  global const float* x = prediction + begin;
  const Wanted wanted = wanted_of_sample(target, class_weights, classes, probabilities, smoothing, shared);
  const float largest = largest_of_row(x, first, classes, shared);

  FLOATV sums = (FLOATV)(0.0f);
  LongSum below = {(FLOATV)(0.0f), (FLOATV)(0.0f)};
  LongSum weight_sums = {(FLOATV)(0.0f), (FLOATV)(0.0f)};
  for (int c = first; c < classes; c += ROW_STEP) {
    const FLOATV above = load_of_row(x, c, classes, -INFINITY) - largest;
    const FLOATV weight = term_weights(wanted, c);
    sums += exp_of_negative_vector(above);
    add_to(&below, of_row(-weight * above, c, classes));
    add_to(&weight_sums, weight);
  }
  const float sum = group_sum(sum_of(sums), shared);
  const float weights = group_sum(sum_of(weight_sums.sum), shared);
  const float value = group_sum(sum_of(below.sum), shared) + weights * log(sum);
  if (get_local_id(0) == 0) {
    losses[n] = value;
  }
  if (dprediction) {
    const float share = weights / sum;
    const float scale = 1.0f / (float)get_num_groups(0);
    for (int c = first; c < classes; c += ROW_STEP) {
      const FLOATV exponential = exp_of_negative_vector(load_of_row(x, c, classes, 0.0f) - largest);
      const FLOATV weight = term_weights(wanted, c);
      put_of_row((exponential * share - weight) * scale, dprediction + begin, c, classes, stream);
    }
  }
}
